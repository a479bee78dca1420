//! The pure decisions of Verdigris: no IO, no clock, no async.
//!
//! `decide(plan, observation, now) -> Decision` says what to do next, why nothing is to be done yet, or that the run is
//! over; `switchover` is the state machine that moves the writer; `preflight` and `classify` turn facts into findings.
//! The shell only reads, writes and waits. Nothing in here may open a file, a socket or a clock.
pub mod action;
pub mod classify;
pub mod decide;
pub mod digest;
pub mod fact;
pub mod names;
pub mod observation;
pub mod phases;
pub mod plan;
pub mod preflight;
pub mod presume;
pub mod provision;
pub mod record;
pub mod recovery;
pub mod statements;
pub mod status;
pub mod switchover;
pub mod tries;
