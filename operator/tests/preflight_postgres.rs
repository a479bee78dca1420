//! Preflight's questions to real servers of every supported version: what they see, what a server is told by a connection
//! that is tried, and that every remedy in SQL mends what it is for.
#![allow(
    missing_docs,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]
#[path = "preflight/connect.rs"]
mod connect;
#[path = "preflight/probe.rs"]
mod probe;
#[path = "preflight/remedies.rs"]
mod remedies;
#[path = "preflight/see.rs"]
mod see;
#[path = "support/server.rs"]
#[allow(dead_code)]
mod server;
#[path = "preflight/world.rs"]
mod world;

/// The versions that are supported.
pub const MAJORS: [u32; 4] = [15, 16, 17, 18];
