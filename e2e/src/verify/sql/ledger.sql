-- Every row of the ledger, with a hash of its text as both sides can say it.
SELECT client, seq, account, amount, id, number, countdown, md5(ROW(id, client, seq, account, amount, number, countdown, at)::text) AS hash
FROM shop.ledger
