//! `switchover(from, to)`: the one procedure that moves the writer, as a state machine without IO. The shell performs
//! `Command`s and reports `Event`s; times come with them. Nothing in here may open a connection or read a clock.
mod calm;
mod machine;
mod messages;
pub mod sequence;
mod steps;

pub use calm::{Calm, calm};
pub use machine::Machine;
pub use messages::{Bounds, Command, Event, Failure, Outcome};
pub use steps::{Region, Step};
