//! Collects what `verdigris_core::preflight` judges. Reads only: every question to a server is a read-only transaction that
//! is rolled back, with a statement timeout; only for `probe` a role lives as long as the try. Of Secrets only the names of their keys leave this room.
//!
//! Order for a caller: `kubernetes` and `ask_pods`; per side `databases` (choose one), `database` in it, `server`; at last
//! `others` of blue, `probe` both ways.
mod connectivity;
mod kubernetes;
mod others;
mod pods;
mod postgres;
mod probe;
mod question;
mod service;

pub use self::{
    connectivity::attempt,
    kubernetes::{Cluster, kubernetes},
    others::others,
    pods::ask_pods,
    postgres::{database, databases, in_recovery, server},
    probe::probe,
};
