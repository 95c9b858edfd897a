encode(sha256(convert_to('1|' || @item_type || '|' || left(t.title, 2000) || chr(31) || left(coalesce(t.body, ''), 2000), 'UTF8')), 'hex')
