-- Whether poolers were told to hold their clients. A pause has no end of its own, and who asked for it may die: the next one must know whose it was.
SELECT verdigris.guard(:epoch, :'holder');
UPDATE verdigris.state SET poolers_held = :held WHERE poolers_held IS DISTINCT FROM :held;
