//! What a Job runs: copy, index, compare, migrate. Movers check the clone's id, never the epoch.
