//! Collects what `verdigris_core::preflight` judges. Reads only: every question to a server is a read-only transaction that
//! is rolled back, with a statement timeout. Of Secrets only the names of their keys leave this room.
//!
//! Order for a caller: `kubernetes`, then per side `databases` (choose one), `server`, `database`; at last `connectivity`.
mod connectivity;
mod kubernetes;
mod postgres;
mod question;
mod service;

pub use self::{
    connectivity::attempt,
    kubernetes::{Cluster, kubernetes},
    postgres::{database, databases, in_recovery, server},
};
