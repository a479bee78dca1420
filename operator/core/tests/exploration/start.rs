//! Where an exploration begins: somewhere on the way of a run, undisturbed until there or after one mishap.
use verdigris_core::switchover::Step;

use crate::budget::Budget;
use crate::cover::{Place, place};
use crate::events::make;
use crate::invariants::settled;
use crate::moves::{Move, Rules, moves};
use crate::operator::Task;
use crate::world::{BLUE, GREEN, World};

/// Where it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// The last look before the cutover.
    Proved,
    /// Green writes, and everything is at rest.
    Window,
    /// The first operator moves the writer back to blue, and has taken the epoch for it: two that take theirs at once here make a
    /// hundred times the states.
    Rollback,
    /// Both sides are closed, green has everything, and the operator died before it opened it.
    Hardened,
    /// The same, and the time by which a recovery may go forward has passed.
    TooLate,
    /// Green is open, the Service leads to blue, the operator died; the next one recovers, and blue dies.
    Alone,
    /// The same, and blue died before the next one looked.
    Astray,
    /// Green writes, and its stream to blue was turned off with an error.
    Stopped,
}

impl From {
    /// Goes from the last look before the cutover to where it begins.
    pub fn goes_on(self, world: &mut World) {
        match self {
            Self::Proved => {}
            Self::Window => {
                let at_rest = |world: &World| settled(world, Rules::default()).is_ok();
                until(world, |world| world.servers[GREEN].now.opened && at_rest(world));
            }
            Self::Rollback => {
                Self::Window.goes_on(world);
                happens(world, Move::WriterBlue);
                until(world, at(Step::Gates));
            }
            Self::Hardened | Self::TooLate => {
                until(world, at(Step::Open));
                happens(world, Move::Dies(0));
                if self == Self::TooLate {
                    happens(world, Move::Late(BLUE));
                }
            }
            Self::Alone | Self::Astray => {
                until(world, at(Step::Flip));
                happens(world, Move::Dies(0));
                if self == Self::Alone {
                    until(world, |world| matches!(world.operators[0].tasks.first(), Some(Task::Recover(_))));
                }
                happens(world, Move::ServerDies(BLUE, true));
            }
            Self::Stopped => {
                Self::Window.goes_on(world);
                let turn = world.servers[BLUE].now.turn;
                happens(world, Move::StreamOff(BLUE, turn));
            }
        }
    }
}

/// The first operator is at a step.
fn at(step: Step) -> impl Fn(&World) -> bool {
    move |world| place(world, 0) == Some(Place::Step(step))
}

/// Goes on without a fault until it is so.
fn until(world: &mut World, so: impl Fn(&World) -> bool) {
    while !so(world) {
        let next = moves(world, Rules::default()).into_iter().find(|step| step.fair());
        let Some(next) = next else { panic!("a world in which nothing goes wrong stands still: {world:?}") };
        *world = make(world, next, Rules::default());
    }
}

/// One thing happens, which must be possible.
fn happens(world: &mut World, what: Move) {
    let rules = Rules { rolls_back: true, ..Rules::default() };
    world.budget =
        Budget { faults: 1, operator_crashes: 1, server_crashes: 1, slow: 1, streams_off: 1, ..Budget::none() };
    assert!(moves(world, rules).contains(&what), "{what:?} is impossible: {world:?}");
    *world = make(world, what, rules);
    world.budget = Budget::none();
}
