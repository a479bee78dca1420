INSERT INTO verdigris.finding (reason, object, severity, message, remedy) SELECT reason, subject, severity, message, remedy
FROM pg_catalog.jsonb_to_recordset($1::jsonb) AS f (reason text, subject text, severity text, message text, remedy text) ON CONFLICT DO NOTHING
