-- Takes back what quiet.sql set.
RESET log_statement; RESET log_min_error_statement; RESET log_min_duration_statement; RESET log_min_duration_sample;
RESET log_transaction_sample_rate; RESET log_duration; RESET auto_explain.log_min_duration;
RESET pg_stat_statements.track_utility; RESET pgaudit.log; RESET track_activities;
