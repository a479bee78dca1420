-- Sets sequences ahead.
SELECT verdigris.guard(:epoch, :'holder');
SELECT pg_catalog.setval(q::pg_catalog.regclass, v) FROM (VALUES :values) s (q, v);
