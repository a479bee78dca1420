-- Reads the publication's tables again.
SELECT verdigris.guard(:epoch, :'holder');
ALTER SUBSCRIPTION :"stream" REFRESH PUBLICATION WITH (copy_data = false);
