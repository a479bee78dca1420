//! The shell of Verdigris: reads, writes, waits. Every decision is made in `verdigris-core`.
//!
//! Rooms: `postgres` (everything said to PostgreSQL), `mover` (what a Job runs), `observe` (facts), `act` (actions),
//! `controller` and `lease` (who reconciles what, when). This crate must not decide: if it compares two facts to choose
//! what to do next, that belongs to the core.
pub mod crds;
pub mod mover;
pub mod observe;
pub mod postgres;
