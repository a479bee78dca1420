//! Wire types of `verdigris.dev`: the API as users write it, its defaults and the CEL rules that guard it.
//!
//! This crate must not decide anything and must not talk to anything. A field enters it in the release in which it works.
pub mod conditions;
mod crd;
pub mod generated;
pub mod loss;
pub mod phase;
pub mod quantity;
mod reference;
mod schema;
pub mod spec;
pub mod status;
mod words;
pub mod yaml;

pub use conditions::{ConditionType, Reason};
pub use crd::crd;
pub use loss::{LossExtent, LossStatus, TableLossStatus};
pub use phase::{CheckResult, Phase, Step, StepState};
pub use reference::reference;
pub use spec::*;
pub use status::*;
pub use words::UnknownWord;

/// API group of every kind in this crate.
pub const GROUP: &str = "verdigris.dev";
/// Served and stored version.
pub const VERSION: &str = "v1alpha1";
