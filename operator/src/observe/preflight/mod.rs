//! Collects what `verdigris_core::preflight` judges. Reads only: every question to a server is a read-only transaction that
//! is rolled back, with a statement timeout. Of Secrets only the names of their keys leave this room.
//!
//! `facts` asks everything in order; the questions can be put one by one too.
mod collect;
mod connectivity;
mod kubernetes;
mod postgres;
mod question;
mod service;

pub use self::{
    collect::{Places, chosen, facts},
    connectivity::attempt,
    kubernetes::{Cluster, kubernetes},
    postgres::{database, databases, in_recovery, server},
};
