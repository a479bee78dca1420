//! What was covered by an exploration: what went wrong where, what the recovery table says right after that, and what else was so.
use std::collections::BTreeMap;

use crate::call::Call;
use crate::cover::{Fault, Place, fault, place};
use crate::look;
use crate::moves::Move;
use crate::table::{self, Told};
use crate::world::World;

/// What must have been so somewhere.
pub const SEEN: [&str; 8] = [
    "both sides have the same epoch number, of two operators",
    "two operators are at work, and one has no Lease any more",
    "an operator would decide otherwise if what it sees were not old",
    "a closed side has a physical standby that does not know it",
    "an old version of the Service is on its way to the API server",
    "an old version of the object is on its way to the API server",
    "an operator is about to write the Service with an old version",
    "an operator is about to write the object with an old version",
];

/// What happened, over all states of an exploration.
#[derive(Clone, Debug, Default)]
pub struct Covered {
    /// What went wrong where, times.
    pub faults: BTreeMap<(Place, Fault), usize>,
    /// What the table says right after that, times.
    pub then: BTreeMap<(Place, Fault, Told), usize>,
    /// In how many states, or steps, something was so.
    pub seen: BTreeMap<&'static str, usize>,
}

impl Covered {
    /// Takes in a move that led from one world to another.
    pub fn take(&mut self, before: &World, step: Move, after: &World) {
        let Some((by, fault)) = fault(step, before.leader) else { return };
        let Some(place) = place(before, by) else { return };
        *self.faults.entry((place, fault)).or_default() += 1;
        if matches!(place, Place::Step(_)) {
            *self.then.entry((place, fault, table::now(after))).or_default() += 1;
        }
    }

    /// Takes in a state.
    pub fn look(&mut self, world: &World) {
        let [blue, green] = &world.servers;
        let (one, other) = (blue.now.epoch, green.now.epoch);
        let led = world.operators.get(world.leader);
        let unled = world.operators.iter().enumerate().any(|(by, o)| by != world.leader && !o.tasks.is_empty());
        let works = led.is_some_and(|o| !o.tasks.is_empty());
        let so = [
            (
                SEEN[0],
                one.number == other.number && one.holder != other.holder && blue.now.recorded && green.now.recorded,
            ),
            (SEEN[1], unled && works),
            (SEEN[2], (0..world.operators.len()).any(|by| look::misled(world, by))),
            (SEEN[3], blue.lags && blue.now.closed || green.lags && green.now.closed),
        ];
        for (what, _) in so.into_iter().filter(|(_, so)| *so) {
            *self.seen.entry(what).or_default() += 1;
        }
        for flight in world.flights.iter().filter(|flight| !flight.fresh) {
            let what = if matches!(flight.call, Call::Apply(_)) { SEEN[4] } else { SEEN[5] };
            *self.seen.entry(what).or_default() += 1;
        }
        for (by, operator) in world.operators.iter().enumerate() {
            match operator.call() {
                Some(Call::Apply(_)) if !world.operators[by].read_service => {
                    *self.seen.entry(SEEN[6]).or_default() += 1
                }
                Some(Call::RemoveFinalizer) if !operator.read_object => *self.seen.entry(SEEN[7]).or_default() += 1,
                _ => {}
            }
        }
    }

    /// Takes in those of another exploration.
    pub fn add(&mut self, other: &Self) {
        for (key, times) in &other.faults {
            *self.faults.entry(*key).or_default() += times;
        }
        for (key, times) in &other.seen {
            *self.seen.entry(*key).or_default() += times;
        }
        for (key, times) in &other.then {
            *self.then.entry(*key).or_default() += times;
        }
    }
}
