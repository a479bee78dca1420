//! stub
use super::{connect::Target, error::Error, router::Router, switchover::Request};
use verdigris_core::{names::Names};
use verdigris_crds::Side;
/// stub
pub async fn finish(_: &Request, _: &impl Router, _: Side, _: &str) -> Result<(), Error> { Ok(()) }
/// stub
pub async fn undo(_: &Target, _: Option<&Target>, _: &Names, _: uuid::Uuid, _: &str) -> Result<(), Error> { Ok(()) }
