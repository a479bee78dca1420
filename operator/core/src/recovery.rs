//! What the two databases say after a crash, and what to do about it. It reads records and nothing else; both are read
//! after a new epoch was taken on both sides. Nothing in here remembers anything.
use uuid::Uuid;
use verdigris_crds::Side;

use crate::fact::{Fact, Problem};
use crate::record::Record;

/// What to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// One of the sides has no records: there was no switchover.
    NotBegun,
    /// The run is over: a side carries a tombstone.
    Over,
    /// A side cannot be read: nothing is decided on half of the truth. A closed side is never reopened then.
    Wait(Problem),
    /// One side is open and the other cannot be read: the Service goes to the open one, nothing else is touched.
    Route {
        /// The open side.
        to: Side,
        /// Why nothing else is done.
        problem: Problem,
    },
    /// One side is open, the other closed: everything else follows from that.
    Converge(Side),
    /// `from` closed and proved, `to` not open yet: standbys of `from` (5b), then `to` opens (6).
    GoForward(Hardened),
    /// The attempt is given up: the side that closed opens again.
    Reopen(Side),
    /// Both are open, after a failover that lost the close: the side that lost the writer role closes at once.
    CloseAndStall {
        /// Side to close.
        side: Side,
        /// What a human must do.
        problem: Problem,
    },
    /// A human must look.
    Stalled(Problem),
}

/// An attempt whose point of no doubt has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hardened {
    /// Side that closed.
    pub from: Side,
    /// Its nonce.
    pub nonce: Uuid,
    /// Its turn.
    pub turn: i64,
    /// Turn of the stream `from → to`.
    pub stream: i64,
}

/// The attempt that closed both sides, if there is one: its proof has to be looked for on the other side.
pub fn hardened(blue: &Record, green: &Record) -> Option<Hardened> {
    if !(blue.closed && green.closed) || blue.turn == green.turn {
        return None;
    }
    let (from, to) = if blue.turn > green.turn { (blue, green) } else { (green, blue) };
    Some(Hardened { from: from.side, nonce: from.nonce?, turn: from.turn, stream: to.turn })
}

/// The recovery table. `proof`: whether the proof of `hardened(…)` is on the other side. `abort`: somebody wants the
/// attempt given up, or 5b said no.
pub fn decide(blue: &Fact<Option<Record>>, green: &Fact<Option<Record>>, proof: &Fact<bool>, abort: bool) -> Decision {
    let (blue, green) = match (blue, green) {
        (Fact::Known(blue), Fact::Known(green)) => (blue, green),
        (Fact::Known(Some(open)), Fact::Unknown(problem)) | (Fact::Unknown(problem), Fact::Known(Some(open)))
            if open.is_closed() == Some(false) && open.same_server && open.turn > 0 =>
        {
            return Decision::Route { to: open.side, problem: problem.clone() };
        }
        (Fact::Unknown(problem), _) | (_, Fact::Unknown(problem)) => return Decision::Wait(problem.clone()),
    };
    match (blue, green) {
        (Some(blue), Some(green)) if blue.tombstone.is_some() || green.tombstone.is_some() => Decision::Over,
        (Some(blue), Some(green)) => both(blue, green, proof, abort),
        (Some(only), None) | (None, Some(only)) if only.tombstone.is_some() => Decision::Over,
        _ => Decision::NotBegun,
    }
}

fn both(blue: &Record, green: &Record, proof: &Fact<bool>, abort: bool) -> Decision {
    let (Some(blue_closed), Some(green_closed)) = (blue.is_closed(), green.is_closed()) else {
        let side = if blue.is_closed().is_none() { blue.side } else { green.side };
        return stalled(
            "Drift",
            format!(
                "On {} the closed flag and verdigris.state differ: somebody changed one of them by hand. See the break-glass page.",
                side.lower()
            ),
        );
    };
    if !blue_closed && !green_closed {
        return both_open(blue, green);
    }
    if !(blue.same_server && green.same_server) {
        let side = if blue.same_server { green.side } else { blue.side };
        return stalled(
            "OtherServer",
            format!(
                "{side} is not the server, or not the timeline, that its records were made on: it was restored or failed over. Nothing proved before holds. See the break-glass page."
            ),
        );
    }
    match (blue_closed, green_closed) {
        (false, true) => Decision::Converge(Side::Blue),
        (true, false) => Decision::Converge(Side::Green),
        _ => both_closed(blue, green, proof, abort),
    }
}

fn both_open(blue: &Record, green: &Record) -> Decision {
    let lower = match blue.turn.cmp(&green.turn) {
        // Nobody has ever moved the writer: it is blue, and green's flag was taken away. Turns say nothing: green's first is its stream's.
        _ if green.opened_at.is_none() => green.side,
        std::cmp::Ordering::Less => blue.side,
        std::cmp::Ordering::Greater => green.side,
        std::cmp::Ordering::Equal => {
            return stalled("BothOpen", "Both sides accept writes, and the records do not tell which one should. Close one by hand; see the break-glass page.".to_owned());
        }
    };
    let message = format!(
        "Both sides accepted writes: {} is not the writer, or its record of having lost that role is gone (a failover or a restore). It is closed; what was written there meanwhile must be looked at by hand. See the break-glass page.",
        lower.lower()
    );
    Decision::CloseAndStall { side: lower, problem: Problem::permanent("BothOpen", message) }
}

fn both_closed(blue: &Record, green: &Record, proof: &Fact<bool>, abort: bool) -> Decision {
    if blue.turn == green.turn {
        return stalled("BothClosed", "Both sides refuse writes, and no switchover explains it: one was closed by hand. Open the right one; see the break-glass page.".to_owned());
    }
    let from = if blue.turn > green.turn { blue } else { green };
    match (hardened(blue, green), proof) {
        (Some(_), Fact::Unknown(problem)) => Decision::Wait(problem.clone()),
        (Some(hardened), Fact::Known(true)) if !abort && !from.late => Decision::GoForward(hardened),
        _ => Decision::Reopen(from.side),
    }
}

fn stalled(reason: &str, message: String) -> Decision {
    Decision::Stalled(Problem::permanent(reason, message))
}

/// One line of `converge(W)`. Idempotent, and guarded like the step it repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The Service selects W.
    Route(Side),
    /// W no longer read-only for new sessions.
    Writable(Side),
    /// Sessions on W from before that end.
    EndReadOnlySessions(Side),
    /// Poolers in the path let their clients go on: a pause outlives who asked for it, and has no end of its own.
    ResumePoolers,
    /// New sessions on R are read-only.
    ReadOnly(Side),
    /// Client sessions on R end.
    EndSessions(Side),
    /// Every subscription and slot of the run but the stream W→R, which carries R's turn.
    Sweep {
        /// W.
        writer: Side,
        /// R's turn.
        turn: i64,
    },
    /// Workers of streams into W are gone.
    WorkersGone(Side),
    /// The stream W→R runs.
    Stream {
        /// W.
        writer: Side,
        /// R's turn.
        turn: i64,
    },
}

/// What makes everything follow the one side that is open. `reader` is the other side's record. A stream that a mover
/// stopped on purpose (`reader.runner`) is left as it is.
pub fn converge(writer: Side, reader: &Record) -> Vec<Action> {
    let other = writer.other();
    let turn = reader.turn;
    let mut actions = vec![
        Action::Route(writer),
        Action::Writable(writer),
        Action::EndReadOnlySessions(writer),
        Action::ResumePoolers,
    ];
    // Green before its first opening was closed from birth: nobody lingers there, and movers may still write.
    if other == Side::Blue || reader.opened_at.is_some() {
        actions.extend([Action::ReadOnly(other), Action::EndSessions(other)]);
    }
    actions.extend([Action::Sweep { writer, turn }, Action::WorkersGone(writer)]);
    if !reader.runner {
        actions.push(Action::Stream { writer, turn });
    }
    actions
}
