-- Reads the publication's tables again. It cannot run in a transaction, so the guard goes before it in a message of its own.
ALTER SUBSCRIPTION :"stream" REFRESH PUBLICATION WITH (copy_data = false);
