-- Whether poolers were told to hold their clients, and by whom. A pause has no end of its own, and who asked for it may die, or be overtaken: others must know whose it was.
SELECT verdigris.guard(:epoch, :'holder');
UPDATE verdigris.state SET poolers_held = :held, poolers_epoch = CASE WHEN :held THEN CAST(:epoch AS bigint) END
  WHERE (poolers_held, poolers_epoch) IS DISTINCT FROM (:held, CASE WHEN :held THEN CAST(:epoch AS bigint) END);
