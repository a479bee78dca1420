-- Accounts that do not say what their entries in the ledger add up to.
SELECT a.id FROM shop.account a
LEFT JOIN (SELECT account, sum(amount) AS amount, count(*) AS entries FROM shop.ledger GROUP BY 1) l ON l.account = a.id
WHERE (a.balance, a.entries) IS DISTINCT FROM (coalesce(l.amount, 0)::bigint, coalesce(l.entries, 0))
ORDER BY 1
