//! When poolers may be told to hold their clients: a pause waits for every transaction that runs through them, and new ones wait for it.
use super::messages::Bounds;

/// What follows from the oldest transaction that runs through the poolers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calm {
    /// None is old: those that run end at once.
    Now,
    /// Its clients would be waited for, by all others: not yet.
    Wait,
    /// It does not end, and would outlast what clients may wait.
    GiveUp,
}

/// `oldest`: age of the oldest transaction in milliseconds; `waited` of at most `limit`, while nobody is held. Who always has one that is
/// not new, and none that lasts longer than a pause may, goes on in the end.
pub fn calm(oldest: Option<u64>, waited: u64, limit: u64, bounds: Bounds) -> Calm {
    const YOUNG: u64 = 1_000;
    let Some(age) = oldest else { return Calm::Now };
    if age <= YOUNG.min(bounds.pause()) {
        Calm::Now
    } else if waited < limit {
        Calm::Wait
    } else if age <= bounds.pause() {
        Calm::Now
    } else {
        Calm::GiveUp
    }
}
