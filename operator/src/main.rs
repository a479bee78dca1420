//! The binary `verdigris`: `controller`, `mover` and `crds`.
fn main() {}
