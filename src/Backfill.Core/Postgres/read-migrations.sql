SELECT scriptname FROM backfill.migration ORDER BY 1
