-- Records that slots of this side retain more WAL than the budget allows; before they are dropped, for afterwards nothing tells.
SELECT verdigris.guard(:epoch, :'holder');
UPDATE verdigris.state SET overrun_retained = :retained, overrun_allowed = :allowed;
