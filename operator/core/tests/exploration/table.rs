//! Rows of the recovery table, by name: which were decided by, and which one whoever comes next would decide by.
use std::cell::RefCell;
use std::collections::BTreeMap;

use verdigris_core::fact::{Fact, Problem};
use verdigris_core::recovery::{Decision, decide, hardened};

use crate::row::{Row, nonce};
use crate::world::{BLUE, GREEN, World, index};

/// A row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Told {
    NotBegun,
    Over,
    Wait,
    Route,
    Converge,
    GoForward,
    Reopen,
    CloseAndStall,
    Stalled,
}

impl Told {
    pub const ALL: [Self; 9] = [
        Self::NotBegun,
        Self::Over,
        Self::Wait,
        Self::Route,
        Self::Converge,
        Self::GoForward,
        Self::Reopen,
        Self::CloseAndStall,
        Self::Stalled,
    ];

    pub fn of(decision: &Decision) -> Self {
        match decision {
            Decision::NotBegun => Self::NotBegun,
            Decision::Over => Self::Over,
            Decision::Wait(_) => Self::Wait,
            Decision::Route { .. } => Self::Route,
            Decision::Converge(_) => Self::Converge,
            Decision::GoForward(_) => Self::GoForward,
            Decision::Reopen(_) => Self::Reopen,
            Decision::CloseAndStall { .. } => Self::CloseAndStall,
            Decision::Stalled(_) => Self::Stalled,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotBegun => "not begun",
            Self::Over => "over",
            Self::Wait => "wait",
            Self::Route => "route",
            Self::Converge => "converge",
            Self::GoForward => "go forward",
            Self::Reopen => "reopen",
            Self::CloseAndStall => "close and stall",
            Self::Stalled => "stalled",
        }
    }
}

thread_local! {
    static ROWS: RefCell<BTreeMap<Told, usize>> = RefCell::default();
}

/// Counts a decision.
pub fn count(decision: &Decision) -> Told {
    let told = Told::of(decision);
    ROWS.with_borrow_mut(|rows| *rows.entry(told).or_default() += 1);
    told
}

/// How often each row was decided by since this was asked last.
pub fn rows() -> BTreeMap<Told, usize> {
    ROWS.take()
}

/// What recovery would say at this moment, if nobody asked for an attempt to be given up.
pub fn now(world: &World) -> Told {
    let gone = || Problem::transient("Unreachable", "it cannot be reached");
    let records = [BLUE, GREEN].map(|at| {
        let server = &world.servers[at];
        if server.up { Fact::Known(Row::of(server).map(|row| row.record(at, false))) } else { Fact::Unknown(gone()) }
    });
    let [blue, green] = &records;
    let attempt = match (blue, green) {
        (Fact::Known(Some(blue)), Fact::Known(Some(green))) => hardened(blue, green),
        _ => None,
    };
    let proved = attempt.is_some_and(|it| {
        let to = index(it.from.other());
        world.servers[to].now.proofs & (1 << nonce(it.nonce)) != 0
    });
    Told::of(&decide(blue, green, &Fact::Known(proved), false))
}
