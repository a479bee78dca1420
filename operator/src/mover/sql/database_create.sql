-- The statement that creates database $1 like another one: owner $2, encoding $3, collate $4, ctype $5, provider $6, locale $7, rules $8.
SELECT pg_catalog.concat_ws(' ', pg_catalog.format('CREATE DATABASE %I TEMPLATE template0 OWNER %s ENCODING %L LC_COLLATE %L LC_CTYPE %L',
    $1::text, $2::text, $3::text, $4::text, $5::text),
  CASE $6::text WHEN 'i' THEN 'LOCALE_PROVIDER icu' || coalesce(pg_catalog.format(' ICU_LOCALE %L', $7::text), '') || coalesce(pg_catalog.format(' ICU_RULES %L', $8::text), '')
    WHEN 'b' THEN pg_catalog.format('LOCALE_PROVIDER builtin BUILTIN_LOCALE %L', $7::text)
    ELSE 'LOCALE_PROVIDER libc' END)
