//! Long random walks, where there are too many states to look at each: from a seed, so that a walk can be taken again, and cut down to what
//! matters when one breaks an invariant; one that only does not come to rest is told whole.
use crate::events::make;
use crate::invariants::{broken, settled};
use crate::moves::{Move, Rules, moves};
use crate::search::Counterexample;
use crate::story;
use crate::world::World;

/// Steps of a walk with faults.
const LONG: usize = 700;
/// Steps within which everything must come to rest afterwards.
const REST: usize = 3_000;

/// One walk. Returns its number of steps.
pub fn walk(start: &World, rules: Rules, seed: u64) -> Result<usize, Counterexample> {
    let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let (mut world, mut way) = (start.clone(), Vec::new());
    let mut frozen = None;
    for number in 0..LONG + REST {
        let mut all = moves(&world, rules);
        // A process that is frozen for long, and wakes when others have acted.
        if random.below(80) == 0 {
            frozen = usize::try_from(random.below(3)).ok();
        }
        if number < LONG && all.iter().any(|step| step.operator() != frozen) {
            all.retain(|step| step.operator() != frozen || frozen.is_none());
        }
        // Mostly things go on: else every walk is over before it came anywhere.
        if number >= LONG || random.below(12) > 0 {
            let calm = |step: &Move| step.fair() || (number < LONG && matches!(step, Move::Begin(_)));
            if all.iter().any(calm) {
                all.retain(calm);
            }
        }
        let Some(step) = random.pick(&all) else { break };
        world = make(&world, step, rules);
        way.push(step);
        if let Some(what) = broken(&world) {
            let way = shorter(start, rules, way, |world| broken(world).is_some());
            return Err(told(start, rules, &way, format!("seed {seed}: {what}")));
        }
        if number >= LONG && settled(&world, rules).is_ok() {
            return Ok(way.len());
        }
    }
    match settled(&world, rules) {
        Ok(()) => Ok(way.len()),
        Err(what) => Err(told(start, rules, &way, format!("seed {seed}: liveness: it does not come to rest ({what})"))),
    }
}

fn told(start: &World, rules: Rules, way: &[Move], what: String) -> Counterexample {
    Counterexample { story: story::tell(start, rules, way, &what), what }
}

/// The same end with fewer steps: each is left out in turn, and with it what is impossible then.
fn shorter(start: &World, rules: Rules, mut way: Vec<Move>, bad: fn(&World) -> bool) -> Vec<Move> {
    let mut cut = true;
    while cut {
        cut = false;
        for at in (0..way.len()).rev() {
            let rest = way.iter().enumerate().filter(|(index, _)| *index != at).map(|(_, step)| *step);
            if let Some(found) = replay(start, rules, rest, bad) {
                cut |= found.len() < way.len();
                way = found;
                break;
            }
        }
    }
    way
}

/// The steps that were possible, if they end badly.
fn replay(
    start: &World,
    rules: Rules,
    steps: impl Iterator<Item = Move>,
    bad: fn(&World) -> bool,
) -> Option<Vec<Move>> {
    let (mut world, mut way) = (start.clone(), Vec::new());
    for step in steps {
        if !moves(&world, rules).contains(&step) {
            continue;
        }
        world = make(&world, step, rules);
        way.push(step);
        if bad(&world) {
            return Some(way);
        }
    }
    None
}

/// xorshift64: the same walk from the same seed, on any machine.
struct Random(u64);

impl Random {
    fn below(&mut self, count: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) % count
    }

    fn pick(&mut self, all: &[Move]) -> Option<Move> {
        let count = u64::try_from(all.len()).ok().filter(|count| *count > 0)?;
        all.get(usize::try_from(self.below(count)).ok()?).copied()
    }
}
