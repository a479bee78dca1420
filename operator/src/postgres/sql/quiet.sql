-- Keeps the statements to come out of the server's log, statistics and pg_stat_activity. A message of its own: a message is logged before it runs.
SET log_statement = 'none'; SET log_min_error_statement = 'panic'; SET log_min_duration_statement = -1; SET log_min_duration_sample = -1;
SET log_transaction_sample_rate = 0; SET log_duration = off; SET auto_explain.log_min_duration = -1;
SET pg_stat_statements.track_utility = off; SET pgaudit.log = 'none'; SET track_activities = off;
