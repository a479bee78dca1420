-- Views, functions, triggers, rules of who may do what.
CREATE VIEW shop.open_order AS SELECT id, customer, placed FROM shop."order" WHERE state = 'new';
CREATE VIEW shop.turnover WITH (security_invoker = true) AS
  SELECT o.customer, sum(l.quantity * p.price) AS cents
  FROM shop."order" o JOIN shop.line l ON l."order" = o.id JOIN shop.product p ON p.id = l.product GROUP BY 1;
CREATE MATERIALIZED VIEW shop.product_sold AS SELECT product, sum(quantity) AS quantity FROM shop.line GROUP BY 1 WITH NO DATA;
CREATE UNIQUE INDEX product_sold_key ON shop.product_sold (product);

CREATE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  NEW.note := coalesce(NEW.note, '') || ';changed';
  RETURN NEW;
END $body$;
CREATE TRIGGER order_touch BEFORE UPDATE OF state ON shop."order" FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
  EXECUTE FUNCTION shop.touch();
CREATE PROCEDURE shop.pay(o bigint) LANGUAGE sql AS 'UPDATE shop."order" SET state = ''paid'' WHERE id = o';

-- One transaction of a writer as a single statement; the harness also does the same in several.
CREATE FUNCTION shop.enter(c int, s bigint, a int, m bigint, OUT id bigint, OUT number bigint, OUT countdown bigint) LANGUAGE plpgsql AS $body$
BEGIN
  INSERT INTO shop.ledger AS l (client, seq, account, amount) VALUES (c, s, a, m) RETURNING l.id, l.number, l.countdown INTO id, number, countdown;
  UPDATE shop.account SET balance = balance + m, entries = entries + 1 WHERE account.id = a;
  INSERT INTO shop.journal (client, seq, what) VALUES (c, s, 'one statement');
END $body$;

ALTER TABLE "größe"."日本語" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own rows" ON "größe"."日本語" FOR SELECT TO shop_reader USING ("値" <> 'hidden');
GRANT USAGE ON SCHEMA shop, "größe" TO shop_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA shop, "größe" TO shop_reader;
GRANT UPDATE (note) ON shop."order" TO shop_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT SELECT ON TABLES TO shop_reader;
REVOKE EXECUTE ON FUNCTION shop.enter FROM PUBLIC;
COMMENT ON TABLE shop.ledger IS 'what the writers were told is committed';
