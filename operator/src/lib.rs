//! The shell of Verdigris: reads, writes, waits. Every decision is made in `verdigris-core`.
//!
//! Rooms: `postgres` (everything said to PostgreSQL), `kubernetes` (everything said to the API server), `mover` (what a Job
//! runs), `observe` (facts), `act` (actions), `controller` and `lease` (who reconciles what, when), `record` (status and
//! events). This crate must not decide: if it compares two facts to choose what to do next, that belongs to the core.
pub mod act;
pub mod context;
pub mod controller;
pub mod crds;
pub mod health;
pub mod kubernetes;
pub mod lease;
pub mod metrics;
pub mod mover;
pub mod observe;
pub mod postgres;
pub mod record;
pub mod retry;
pub mod scope;
pub mod uninstall;
