//! One room a phase of a run: each looks at the observation and either decides or lets the walk go on.
pub mod budget;
pub mod clone;
pub mod cutover;
pub mod delete;
pub mod end;
pub mod migrate;
pub mod movers;
pub mod poolers;
pub mod revive;
pub mod start;
pub mod stuck;
pub mod verify;
pub mod way_back;
pub mod window;
