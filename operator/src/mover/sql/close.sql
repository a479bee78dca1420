-- Closes this side for everybody but the stream and whoever carries the runner's token.
CREATE FUNCTION verdigris.closed() RETURNS void LANGUAGE sql SET search_path = '' AS '';
