-- Drops a subscription without its slot: needs no publisher.
SELECT verdigris.guard(:epoch, :'holder');
ALTER SUBSCRIPTION :"stream" DISABLE;
ALTER SUBSCRIPTION :"stream" SET (slot_name = NONE);
DROP SUBSCRIPTION :"stream";
