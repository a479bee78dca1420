//! stub
mod finding;
pub use finding::{Finding, Severity, summary};
