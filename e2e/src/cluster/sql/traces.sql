-- What a run leaves in a server: by our prefix, and by the kind of thing that nobody else makes in these stories.
SELECT 'slot ' || slot_name AS trace FROM pg_replication_slots
UNION ALL SELECT 'subscription ' || subname FROM pg_subscription
UNION ALL SELECT 'publication ' || pubname FROM pg_publication
UNION ALL SELECT 'replication origin ' || roname FROM pg_replication_origin
UNION ALL SELECT 'role ' || rolname FROM pg_roles WHERE rolname LIKE 'verdigris%'
UNION ALL SELECT 'trigger ' || tgname || ' on ' || tgrelid::regclass FROM pg_trigger WHERE tgname LIKE 'verdigris%' AND tgparentid = 0
UNION ALL SELECT 'event trigger ' || evtname FROM pg_event_trigger
UNION ALL SELECT 'session ' || application_name FROM pg_stat_activity WHERE application_name LIKE 'verdigris%'
UNION ALL SELECT 'prepared transaction ' || gid FROM pg_prepared_xacts
UNION ALL SELECT 'schema ' || nspname FROM pg_namespace WHERE nspname = 'verdigris'
UNION ALL SELECT 'setting of ' || datname FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
ORDER BY 1
