-- Numbers that a sequence gave out more than once; none of these columns has a constraint that would refuse it, but the identity.
SELECT 'shop.ledger.id' AS what, count(*) - count(DISTINCT id) AS repeated FROM shop.ledger
UNION ALL SELECT 'shop.ledger.number', count(*) - count(DISTINCT number) FROM shop.ledger
UNION ALL SELECT 'shop.ledger.countdown', count(*) - count(DISTINCT countdown) FROM shop.ledger
