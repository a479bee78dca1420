-- Enables a subscription.
SELECT verdigris.guard(:epoch, :'holder');
ALTER SUBSCRIPTION :"stream" ENABLE;
