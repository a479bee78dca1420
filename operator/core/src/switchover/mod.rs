//! The switchover as a state machine without IO.
pub mod sequence;
