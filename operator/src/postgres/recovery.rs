//! stub
use super::{error::Error, faults::Faults, switchover::{Router, Sides}};
use verdigris_core::{names::Names, record::Epoch};
pub async fn run(_: &Sides, _: &Names, _: uuid::Uuid, _: &impl Router, _: &Faults) -> Result<Epoch, Error> { unimplemented!() }
