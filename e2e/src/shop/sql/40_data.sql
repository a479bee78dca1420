-- About :rows rows in all.
INSERT INTO shop.customer (email, name, home, tags, profile, born, invited_by, secret)
  SELECT format('c%s@example.org', i), format('Customer %s', i), ROW(format('Street %s', i % 500), 'Zürich', lpad((i % 10000)::text, 5, '0'))::shop.address,
    ARRAY['t' || i % 7, E'quo"te\\'], jsonb_build_object('n', i, 'deep', jsonb_build_object('ü', i % 13)), date '1950-01-01' + i % 20000,
    nullif(i / 2, 0), decode(md5(i::text), 'hex')
  FROM generate_series(1, greatest(:rows / 20, 10)) i;
INSERT INTO shop.product (sku, price, weight) SELECT format('SKU-%s', i), i % 10000, sqrt(i) FROM generate_series(1, greatest(:rows / 1000, 10)) i;
INSERT INTO shop."order" (customer, state, placed, note)
  SELECT 1 + i % greatest(:rows / 20, 10), (enum_range(NULL::shop.order_state))[1 + i % 4], timestamp '2024-01-01' + i * interval '1 minute', nullif(i % 3, 0)::text
  FROM generate_series(1, greatest(:rows / 5, 10)) i;
INSERT INTO shop.line ("order", position, product, quantity)
  SELECT 1 + i / 3, i % 3, 1 + i % greatest(:rows / 1000, 10), 1 + i % 9 FROM generate_series(0, greatest(:rows / 5, 10) * 3 - 1) i;
INSERT INTO shop.event (at, kind, body) SELECT date '2023-12-01' + i % 800, 'k' || i % 5, jsonb_build_object('i', i) FROM generate_series(1, greatest(:rows / 10, 10)) i;
INSERT INTO "Back Office"."Invoice ""Final""" SELECT i, i / 7.0, ARRAY[timestamptz '2024-02-29 12:00+00' + i * interval '1 hour', NULL] FROM generate_series(1, 100) i;
INSERT INTO "größe"."日本語" SELECT md5(i::text)::uuid, '値 ' || chr(128512) || i FROM generate_series(1, 100) i;
INSERT INTO shop.a_name_that_is_as_long_as_a_name_in_this_database_may_ever_be_0 VALUES (1, E'tab\tnewline\nbackslash\\'), (2, NULL), (3, '');
INSERT INTO shop.room SELECT i, tsrange(timestamp '2024-01-01' + i * interval '1 day', timestamp '2024-01-02' + i * interval '1 day') FROM generate_series(1, 50) i;
INSERT INTO shop.parent SELECT i, 'parent' FROM generate_series(1, 20) i;
INSERT INTO shop.child SELECT i, 'child', 'extra' FROM generate_series(21, 40) i;
INSERT INTO shop.account (id) SELECT generate_series(1, greatest(:rows / 20, 100));
