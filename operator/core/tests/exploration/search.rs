//! Every state that can be reached, breadth first, each once. Plain and of our own: what is asked for beside the states are fair ends
//! from each of them, what was covered, and a story to read; no checker of the shelf gives these.
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::covered::Covered;
use crate::events::make;
use crate::invariants::{broken, settled};
use crate::moves::{Move, Rules, moves};
use crate::story;
use crate::table::{self, Told};
use crate::world::World;

/// What an exploration found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Distinct states.
    pub states: usize,
    /// Steps between them.
    pub steps: usize,
    /// Steps of the shortest way to the farthest state.
    pub depth: u32,
    /// States at rest, as promised.
    pub settled: usize,
    /// What went wrong where.
    pub covered: Covered,
    /// How often each row of the recovery table was decided by.
    pub rows: BTreeMap<Told, usize>,
    /// The shortest way to a state that breaks an invariant.
    pub broken: Option<Counterexample>,
    /// A state from which nothing leads to rest.
    pub stuck: Option<Counterexample>,
}

/// A way to a state, to read.
#[derive(Clone, Debug)]
pub struct Counterexample {
    pub what: String,
    pub story: String,
}

/// Explores everything that can be reached from a world; stops at the first state that breaks an invariant. `most`: no more states than
/// that, for a search that shall find something.
pub fn explore(start: &World, rules: Rules, most: usize) -> Found {
    let mut graph = Graph::default();
    let mut found = Found::default();
    let mut queue = VecDeque::from([(start.clone(), graph.add(start, None).0)]);
    while let Some((world, from)) = queue.pop_front() {
        if let Some(what) = broken(&world) {
            found.broken = Some(graph.tell(start, rules, from, what));
            break;
        }
        found.covered.look(&world);
        if settled(&world, rules).is_ok() {
            graph.rest.push(from);
        }
        for step in moves(&world, rules) {
            let next = make(&world, step, rules);
            found.steps += 1;
            let (to, new) = graph.add(&next, Some((from, step)));
            found.covered.take(&world, step, &next);
            if step.fair() && to != from {
                graph.fair.push((to, from));
            }
            if new {
                queue.push_back((next, to));
            }
        }
        if graph.parents.len() > most {
            break;
        }
    }
    found.rows = table::rows();
    (found.states, found.settled) = (graph.parents.len(), graph.rest.len());
    found.depth = graph.depth.iter().copied().max().unwrap_or(0);
    if found.broken.is_none() && queue.is_empty() {
        found.stuck = graph.stuck().map(|at| {
            let what = settled(&graph.replay(start, rules, at), rules).err().unwrap_or("");
            graph.tell(start, rules, at, format!("liveness: nothing leads to rest from here ({what})"))
        });
    }
    found
}

/// States by number; each knows how it was reached first.
#[derive(Default)]
struct Graph {
    numbers: HashMap<u64, u32>,
    parents: Vec<Option<(u32, Move)>>,
    depth: Vec<u32>,
    /// Fair steps, backwards.
    fair: Vec<(u32, u32)>,
    /// States at rest.
    rest: Vec<u32>,
}

impl Graph {
    fn add(&mut self, world: &World, from: Option<(u32, Move)>) -> (u32, bool) {
        let mut hasher = DefaultHasher::new();
        world.hash(&mut hasher);
        let next = u32::try_from(self.parents.len()).unwrap_or(u32::MAX);
        let number = *self.numbers.entry(hasher.finish()).or_insert(next);
        if number == next {
            self.parents.push(from);
            self.depth.push(from.map_or(0, |(parent, _)| self.depth[parent as usize] + 1));
        }
        (number, number == next)
    }

    fn way(&self, mut at: u32) -> Vec<Move> {
        let mut way = Vec::new();
        while let Some((parent, step)) = self.parents[at as usize] {
            way.push(step);
            at = parent;
        }
        way.reverse();
        way
    }

    fn replay(&self, start: &World, rules: Rules, at: u32) -> World {
        self.way(at).into_iter().fold(start.clone(), |world, step| make(&world, step, rules))
    }

    fn tell(&self, start: &World, rules: Rules, at: u32, what: String) -> Counterexample {
        Counterexample { story: story::tell(start, rules, &self.way(at), &what), what }
    }

    /// The first state from which no fair way leads to one at rest.
    fn stuck(&mut self) -> Option<u32> {
        self.fair.sort_unstable();
        let mut good = vec![false; self.parents.len()];
        let mut queue: VecDeque<u32> = self.rest.iter().copied().collect();
        while let Some(at) = queue.pop_front() {
            if std::mem::replace(&mut good[at as usize], true) {
                continue;
            }
            let first = self.fair.partition_point(|(to, _)| *to < at);
            queue.extend(self.fair[first..].iter().take_while(|(to, _)| *to == at).map(|(_, from)| *from));
        }
        good.iter().position(|good| !good).and_then(|at| u32::try_from(at).ok())
    }
}
