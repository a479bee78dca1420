-- Gives the replication role a new password.
SELECT verdigris.guard(:epoch, :'holder');
ALTER ROLE :"role" PASSWORD :'verifier';
