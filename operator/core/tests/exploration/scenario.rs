//! What is explored: from where, with whom, and what may go wrong.
use crate::budget::Budget;
use crate::defects::Defect;
use crate::moves::Rules;
use crate::start::From;
use crate::world::World;

/// One exploration.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub name: &'static str,
    pub from: From,
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
    let dies = Budget { writes: 2, faults: 1, operator_crashes: 1, ..Budget::none() };
    let lags = Budget { lags: 1, ..any(1) };
    let first = vec![
        one,
        ends,
        Scenario::new("an operator dies, a server dies, time runs out: two of these", 1, deaths, Rules::default()),
        Scenario { clients: 2, ..Scenario::new("two clients, an operator dies", 1, dies, rolls_back()) },
        Scenario::new("a physical standby lags or is gone, and one fault of any kind", 1, lags, Rules::default()),
    ];
    [first, second_faults(), of_two(), in_window()].concat()
}

/// Something went wrong already, and then one thing more.
fn second_faults() -> Vec<Scenario> {
    let one = |name, from| Scenario { from, ..Scenario::new(name, 1, any(1), Rules::default()) };
    vec![
        one("both sides are closed, and the operator died; one fault more", From::Hardened),
        one("both sides are closed for too long, and the operator died; one fault more", From::TooLate),
        one("green is open, the operator died, blue dies in the recovery; one fault more", From::Alone),
        one("green is open, the operator and blue died, the Service leads to blue; one fault more", From::Astray),
        one("in the window: the stream stopped with an error; one fault more", From::Stopped),
    ]
}

/// Two operators, and no client: there are states enough.
fn of_two() -> Vec<Scenario> {
    let lease = Budget { faults: 1, leases: 1, ..Budget::none() };
    let sees_old = Budget { faults: 2, old: 1, ..lease.clone() };
    let server_dies = Budget { faults: 2, server_crashes: 1, ..lease.clone() };
    let two =
        |name, budget, rules| Scenario { from: From::Window, clients: 0, ..Scenario::new(name, 2, budget, rules) };
    let name = "two operators in a rollback: the Lease moves once the first has its epoch, or a server dies";
    let rollback = Budget { faults: 1, ..server_dies.clone() };
    vec![
        Scenario { from: From::Rollback, ..two(name, rollback, Rules::default()) },
        two("two operators at the end of the window", lease, ends()),
        two("two operators at the end of the window, and one sees something as it was", sees_old, ends()),
        two("two operators at the end of the window, and a server dies", server_dies, ends()),
    ]
}

/// One operator, and green writes.
fn in_window() -> Vec<Scenario> {
    let late = Budget { writes: 1, faults: 2, operator_crashes: 1, delayed: 1, ..Budget::none() };
    let reverts = Budget { writes: 1, faults: 1, reverts: 1, ..Budget::none() };
    let old = Budget { faults: 2, old: 1, operator_crashes: 1, server_crashes: 1, ..reverts.clone() };
    let any_end = Rules { deletes: true, ..rolls_back() };
    let every_end = Rules { deletes: true, ..both() };
    let reads = Rules { reads: true, ..rolls_back() };
    let one = |name, budget, rules| Scenario { from: From::Window, ..Scenario::new(name, 1, budget, rules) };
    vec![
        one("in the window: an operator dies and a message is late; rollback or deletion", late, any_end),
        one(
            "in the window: an operator sees something as it was, an operator or a server dies, the Service is moved: two of these",
            old,
            every_end,
        ),
        one("in the window: readers, and another manager of the Service", reverts, reads),
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
    let budget = Budget { writes: 4, faults: 5, leases: 3, delayed: 2, lags: 2, ..any(5) };
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
        twice: 1,
        slow: 1,
        leases: 0,
        reverts: 1,
        old: 1,
        streams_off: 1,
        lags: 0,
    }
}

impl Scenario {
    fn new(name: &'static str, operators: usize, budget: Budget, rules: Rules) -> Self {
        Self { name, from: From::Proved, operators, clients: 1, budget, rules }
    }

    /// The world it begins with.
    pub fn start(&self, defect: Option<Defect>) -> World {
        let mut world = World::proved(self.operators, self.clients, Budget::none());
        self.from.goes_on(&mut world);
        (world.budget, world.defect) = (self.budget.clone(), defect);
        world
    }
}
