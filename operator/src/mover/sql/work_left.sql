-- What is left to do: anything, anything that needs the snapshot, and whether a lasting failure says to stop.
SELECT EXISTS (SELECT FROM verdigris.work WHERE done_at IS NULL) AS any,
  EXISTS (SELECT FROM verdigris.work WHERE done_at IS NULL AND kind = 'copy') AS needs_snapshot,
  EXISTS (SELECT FROM verdigris.failure WHERE NOT transient AND step = 'clone') AS failed,
  EXISTS (SELECT FROM verdigris.clone WHERE id = $1) AS same
