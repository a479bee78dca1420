//! What is explored: from where, with whom, and what may go wrong.
use crate::budget::Budget;
use crate::defects::Defect;
use crate::events::make;
use crate::invariants::settled;
use crate::moves::{Rules, moves};
use crate::world::{GREEN, World};

/// One exploration.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub name: &'static str,
    /// From the rollback window on; else from the last look before the cutover.
    pub in_window: bool,
    pub operators: usize,
    pub clients: usize,
    pub budget: Budget,
    pub rules: Rules,
}

/// Those of which every state is looked at.
pub fn closed() -> Vec<Scenario> {
    let one = Scenario::new("one fault of any kind, to the end of a rollback", 1, any(1), rolls_back());
    let ends = Scenario::new("one fault of any kind, deleted or to the end of the window", 1, any(1), ends());
    let deaths = Budget { writes: 1, faults: 2, operator_crashes: 1, server_crashes: 1, slow: 1, ..Budget::none() };
    let late = Budget { writes: 1, faults: 2, operator_crashes: 1, delayed: 1, ..Budget::none() };
    let dies = Budget { writes: 2, faults: 1, operator_crashes: 1, ..Budget::none() };
    let lease = Budget { faults: 1, leases: 1, ..Budget::none() };
    let reverts = Budget { writes: 1, faults: 1, reverts: 1, ..Budget::none() };
    let any_end = Rules { deletes: true, ..rolls_back() };
    vec![
        one,
        ends,
        Scenario::new("an operator dies, a server dies, time runs out: two of these", 1, deaths, Rules::default()),
        Scenario { clients: 2, ..Scenario::new("two clients, an operator dies", 1, dies, rolls_back()) },
        Scenario {
            in_window: true,
            ..Scenario::new(
                "in the window: an operator dies and a message is late; rollback or deletion",
                1,
                late,
                any_end,
            )
        },
        Scenario {
            in_window: true,
            clients: 0,
            ..Scenario::new("two operators at the end of the window", 2, lease, self::ends())
        },
        Scenario {
            in_window: true,
            ..Scenario::new(
                "in the window: readers, and another manager of the Service",
                1,
                reverts,
                Rules { reads: true, ..rolls_back() },
            )
        },
    ]
}

/// Those in which defects are looked for first, the small ones before the large ones.
pub fn hunts() -> Vec<Scenario> {
    let calm = Scenario::new("nothing goes wrong", 1, Budget { writes: 4, ..Budget::none() }, rolls_back());
    let readers = closed().pop();
    [Some(calm), readers, closed().into_iter().next()].into_iter().flatten().collect()
}

/// Those with too many states to look at each.
pub fn walked() -> Vec<Scenario> {
    let budget = Budget { writes: 4, faults: 5, leases: 3, delayed: 2, ..any(5) };
    let two = |name, budget, rules| Scenario { clients: 2, ..Scenario::new(name, 2, budget, rules) };
    let deletes = Rules { deletes: true, ..both() };
    vec![
        two("two operators, five faults, rollback or end of the window", budget.clone(), both()),
        two("two operators, five faults, deleted at any time", budget, deletes),
        Scenario {
            clients: 2,
            ..Scenario::new(
                "one operator, six faults, rollback",
                1,
                Budget { writes: 6, operator_crashes: 2, server_crashes: 2, lost: 2, delayed: 2, ..any(6) },
                rolls_back(),
            )
        },
    ]
}

fn rolls_back() -> Rules {
    Rules { rolls_back: true, ..Rules::default() }
}

fn ends() -> Rules {
    Rules { window_ends: true, deletes: true, ..Rules::default() }
}

fn both() -> Rules {
    Rules { window_ends: true, ..rolls_back() }
}

/// A write, and faults of every kind that one operator can meet.
fn any(faults: u8) -> Budget {
    Budget {
        writes: 1,
        faults,
        operator_crashes: 1,
        server_crashes: 1,
        lost: 1,
        delayed: 1,
        slow: 1,
        leases: 0,
        reverts: 1,
        streams_off: 1,
    }
}

impl Scenario {
    fn new(name: &'static str, operators: usize, budget: Budget, rules: Rules) -> Self {
        Self { name, in_window: false, operators, clients: 1, budget, rules }
    }

    /// The world it begins with.
    pub fn start(&self, defect: Option<Defect>) -> World {
        let mut world = World::proved(self.operators, self.clients, Budget::none());
        if self.in_window {
            undisturbed(&mut world);
        }
        (world.budget, world.defect) = (self.budget.clone(), defect);
        world
    }
}

/// Goes on without a fault until green writes and everything is at rest.
fn undisturbed(world: &mut World) {
    while !(world.servers[GREEN].now.opened && settled(world, Rules::default()).is_ok()) {
        let next = moves(world, Rules::default()).into_iter().find(|step| step.fair());
        let Some(next) = next else { panic!("a world in which nothing goes wrong stands still: {world:?}") };
        *world = make(world, next, Rules::default());
    }
}
