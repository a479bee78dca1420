-- Drops the records, and with them the flag: a side that was closed is open then.
DROP SCHEMA IF EXISTS verdigris CASCADE;
