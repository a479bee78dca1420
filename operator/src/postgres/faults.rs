//! stub
pub struct Faults;
pub fn from_env() -> Faults { Faults }
pub fn none() -> Faults { Faults }
pub fn points() -> Vec<String> { vec![] }
