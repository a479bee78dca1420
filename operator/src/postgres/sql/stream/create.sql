-- Makes a subscription on a slot that is there already, and reserves its origin's state.
SELECT verdigris.guard(:epoch, :'holder');
CREATE SUBSCRIPTION :"stream" CONNECTION :'conninfo' PUBLICATION :"publication"
  WITH (enabled = :enabled, create_slot = false, copy_data = false, disable_on_error = true, slot_name = :'stream' :extra);
SELECT pg_catalog.pg_replication_origin_advance('pg_' || oid, '0/1') FROM pg_catalog.pg_subscription WHERE subname = :'stream';
