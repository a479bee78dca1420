-- Whether table $1 lies in the file that the snapshot of this transaction knows. No row: the snapshot does not know the table.
SELECT c.relfilenode = pg_catalog.pg_relation_filenode(c.oid) AS same FROM pg_catalog.pg_class c WHERE c.oid = $1::text::regclass
