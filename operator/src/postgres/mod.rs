//! Everything said to PostgreSQL. Statements live in `sql/`, one purpose a file, runnable in psql. Nothing in here knows
//! Kubernetes, and nothing decides what a migration does next: that is the core's.
//!
//! `connect`: sessions · `state`: records and epochs · `prepare`: roles and publications · `stream`: subscriptions and
//! slots · `arm`, `disarm`: the gate · `roles` · `sequences` · `switchover` and `recovery`: the protocol, driven by `verdigris_core` ·
//! `cleanup`: what goes when a run ends · `strays`: who wrote on a closed side · `backlog`: what it lacks · `pooler`: the console of a PgBouncer in front.
pub mod arm;
pub mod backlog;
mod claim;
pub mod cleanup;
pub mod connect;
mod converge;
pub mod disarm;
pub mod error;
pub mod faults;
pub(crate) mod password;
pub mod pooler;
pub mod prepare;
pub mod recovery;
pub mod roles;
pub mod router;
pub mod sequences;
pub mod slot;
pub mod sql;
pub mod state;
pub mod strays;
pub mod stream;
pub mod switchover;
