-- Gives the planner statistics of the catalogs that coverage reads in the hold: without them it takes three times as long.
ANALYZE (SKIP_LOCKED) pg_catalog.pg_class, pg_catalog.pg_attribute, pg_catalog.pg_trigger, pg_catalog.pg_sequence, pg_catalog.pg_publication_rel, pg_catalog.pg_subscription_rel, pg_catalog.pg_depend, pg_catalog.pg_namespace
