//! stub
use super::{connect::Target, error::Error, switchover::{Router, Sides}};
use verdigris_core::{names::Names};
use verdigris_crds::Side;
pub async fn finish(_: &Sides, _: &Names, _: uuid::Uuid, _: Side, _: &str, _: &impl Router) -> Result<(), Error> { unimplemented!() }
pub async fn undo(_: &Target, _: Option<&Target>, _: &Names, _: uuid::Uuid, _: &str) -> Result<(), Error> { unimplemented!() }
