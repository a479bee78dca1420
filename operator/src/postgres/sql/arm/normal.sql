-- Takes back what short.sql set.
RESET lock_timeout; RESET deadlock_timeout;
