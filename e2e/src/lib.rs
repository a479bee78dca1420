//! The harness of the end-to-end tests: cluster, databases, ledger workload. Independent of the operator's code.
//!
//! It knows the API types and nothing else of the project: every promise is checked from outside, through kubectl and libpq,
//! by means of its own. It must not call into the operator, nor trust what a status says about data.
pub mod cluster;
pub mod faults;
pub mod ledger;
pub mod pg;
pub mod servers;
pub mod shop;
pub mod verify;
