-- What a living database has besides its rows: a filled materialized view, statistics, sequences that moved by hand.
REFRESH MATERIALIZED VIEW shop.product_sold;
SELECT setval('shop.ledger_number', 1000);
ANALYZE shop.customer, shop.product, shop."order", shop.line, shop.event, shop.account;
