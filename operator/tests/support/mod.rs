//! Real servers, a pair of sides with a run between them, a route, a ledger workload and faults. Tests of the database
//! side only; nothing in here knows Kubernetes.
#![allow(
    dead_code,
    missing_docs,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]
pub mod console;
pub mod faults;
pub mod ledger;
pub mod pair;
pub mod route;
pub mod server;

pub use pair::Pair;
pub use route::Route;
pub use server::Server;
