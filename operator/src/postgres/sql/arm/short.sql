-- Waits little for locks, so that clients don't wait behind us, and lets autovacuum yield at once.
SET lock_timeout = '100ms'; SET deadlock_timeout = '10ms';
