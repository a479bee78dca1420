//! The cluster as a user reaches it: kubectl, helm, and a way into its network. Nothing here knows what a migration is.
//!
//! Everything goes through the programs that users run, so that a story proves what a user would see.
mod database;
mod enter;
mod foreign;
mod kubectl;
mod migration;
mod node;
mod operator;
mod outside;
mod runs;
mod sides;
mod story;
mod turns;

pub use database::{Blue, Database, Green};
pub use enter::{enter, scripts};
pub use foreign::{is_foreign, make_namespace, must_own_namespace};
pub use kubectl::{Kubectl, render};
pub use migration::{Migration, Seen};
pub use node::Node;
pub use operator::Operator;
pub use outside::{Effect, GROUP, Outside, Process, points};
pub use runs::Runs;
pub use sides::{must_be_closed, must_be_open, traces, without_traces};
pub use story::{LONG, SHORT, Story, dump, must, story, story_alone};
