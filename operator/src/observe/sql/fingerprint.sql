-- Fingerprint of this side's catalog as it is now.
SELECT verdigris.fingerprint()::text
