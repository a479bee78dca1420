-- Green's first turn is that of the forward stream, whose name carries it; whoever carries the token $1 passes the gate.
UPDATE verdigris.state SET turn = 1, runner = $1
