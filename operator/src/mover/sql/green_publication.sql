-- The statement that makes green's publication $1 hold exactly the carried tables, with lists of columns where $2 ({oid: [columns]}) has some.
-- A table that has a list must have it from the start of the reverse stream: blue does not know the other columns.
SELECT pg_catalog.format('%s PUBLICATION %I %s TABLE verdigris.marker_green%s', CASE WHEN here.there THEN 'ALTER' ELSE 'CREATE' END, $1::text,
  CASE WHEN here.there THEN 'SET' ELSE 'FOR' END, list.tables) AS statement
FROM (SELECT EXISTS (SELECT FROM pg_catalog.pg_publication WHERE pubname = $1::text) AS there) here,
  (SELECT coalesce(pg_catalog.string_agg(', ONLY ' || t.name || coalesce((SELECT ' (' || pg_catalog.string_agg(pg_catalog.quote_ident(c), ', ') || ')' FROM pg_catalog.jsonb_array_elements_text($2::jsonb -> (t.rel::oid::bigint)::text) c), ''), '' ORDER BY t.name), '') AS tables
   FROM verdigris.tables t WHERE t.carried AND NOT EXISTS (SELECT FROM verdigris.excluded e WHERE e.name = t.name)) list
