-- The record of a run. Only where leftover.sql says that it is readable.
SELECT pg_catalog.jsonb_build_object('run', uid, 'migration', migration, 'closed', closed, 'tombstone', tombstone) FROM verdigris.state;
