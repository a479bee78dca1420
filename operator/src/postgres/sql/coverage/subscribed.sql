-- Reads the tables that a subscription carries.
SELECT schema::text, relation::text FROM verdigris.subscribed($1::text::name)
