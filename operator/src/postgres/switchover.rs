//! stub
use super::{connect::Target, stream::Address, error::Error, faults::Faults};
use verdigris_core::{names::Names, record::Epoch};
use verdigris_crds::Side;
pub struct Sides { pub blue: Target, pub green: Target, pub blue_address: Address, pub green_address: Address }
pub struct Options { pub max_write_block: std::time::Duration, pub max_lag_bytes: i64, pub window_seconds: i64 }
pub struct Report { pub write_block_ms: i64, pub epoch: Epoch }
pub use super::router::Router;
pub async fn run(_: &Sides, _: &Names, _: uuid::Uuid, _: Side, _: &Options, _: &impl Router, _: &Faults) -> Result<Report, Error> { unimplemented!() }
