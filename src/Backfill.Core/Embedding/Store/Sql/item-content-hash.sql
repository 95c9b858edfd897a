left(encode(sha256(convert_to(coalesce(t.title, '') || ':' || coalesce(t.body, ''), 'UTF8')), 'hex'), 16)
