-- More than one statement, a body with semicolons, a name that needs quotes.
ALTER TABLE "S p a c e"."T""able" ADD COLUMN "n;e;w" text DEFAULT '; -- not a comment';
CREATE FUNCTION "UPPER"."f;n"() RETURNS text LANGUAGE plpgsql AS $täg$
BEGIN
  PERFORM 1; /* ; */ -- ;
  RETURN '$$;$$';
END $täg$;
