//! Long random walks, where there are too many states to look at each: from a seed, so that a walk can be taken again, and cut down to what
//! matters when one goes wrong.
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
            let way = shorter(start, rules, way, &|world| broken(world).is_some(), false);
            return Err(told(start, rules, &way, format!("seed {seed}: {what}")));
        }
        if number >= LONG && settled(&world, rules).is_ok() {
            return Ok(way.len());
        }
    }
    let Err(what) = settled(&world, rules) else { return Ok(way.len()) };
    way.truncate(LONG);
    let way = shorter(start, rules, way, &|world| stands(world, rules), true);
    Err(told(start, rules, &way, format!("seed {seed}: liveness: it does not come to rest ({what})")))
}

fn told(start: &World, rules: Rules, way: &[Move], what: String) -> Counterexample {
    Counterexample { story: story::tell(start, rules, way, &what), what }
}

/// The same end with fewer steps: ever smaller pieces are left out, and with them what is impossible then.
fn shorter(start: &World, rules: Rules, mut way: Vec<Move>, bad: &dyn Fn(&World) -> bool, at_last: bool) -> Vec<Move> {
    let mut size = way.len() / 2;
    while size > 0 {
        let (mut at, mut cut) = (0, false);
        while at < way.len() {
            let rest = way[..at].iter().chain(way.get(at + size..).unwrap_or_default()).copied();
            match replay(start, rules, rest, bad, at_last) {
                Some(found) if found.len() < way.len() => (way, cut) = (found, true),
                _ => at += size,
            }
        }
        if !cut {
            size /= 2;
        }
    }
    way
}

/// Nothing that goes on from here undisturbed comes to rest; not all ways are tried, so it is only for cutting a story down.
fn stands(world: &World, rules: Rules) -> bool {
    (1..=3).all(|seed| {
        let (mut world, mut random) = (world.clone(), Random(seed));
        for _ in 0..REST {
            if settled(&world, rules).is_ok() {
                return false;
            }
            let all: Vec<Move> = moves(&world, rules).into_iter().filter(|step| step.fair()).collect();
            let Some(step) = random.pick(&all) else { return true };
            world = make(&world, step, rules);
        }
        true
    })
}

/// The steps that were possible, if they end badly.
fn replay(
    start: &World,
    rules: Rules,
    steps: impl Iterator<Item = Move>,
    bad: &dyn Fn(&World) -> bool,
    at_last: bool,
) -> Option<Vec<Move>> {
    let (mut world, mut way) = (start.clone(), Vec::new());
    for step in steps {
        if !moves(&world, rules).contains(&step) {
            continue;
        }
        world = make(&world, step, rules);
        way.push(step);
        if !at_last && bad(&world) {
            return Some(way);
        }
    }
    (at_last && bad(&world)).then_some(way)
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
