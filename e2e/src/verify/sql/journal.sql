-- The other table that each transaction writes; it has no key, so a transaction that is applied twice shows here.
SELECT client, seq, md5(ROW(client, seq, what)::text) AS hash FROM shop.journal WHERE client >= 0
