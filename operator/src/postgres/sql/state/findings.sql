-- What preflight had to say when the run began: it stands in the plan that the user approves.
INSERT INTO verdigris.finding (reason, object, severity, message, remedy) SELECT reason, subject, severity, message, remedy
FROM pg_catalog.jsonb_to_recordset(:'findings'::jsonb) AS f (reason text, subject text, severity text, message text, remedy text);
