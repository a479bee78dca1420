//! stub
use crate::{context::Context, observe::places::Places};
use verdigris_core::{fact::{Fact}, plan::Plan, preflight::Finding};
use verdigris_crds::DatabaseMigration;
pub async fn database(_: &Context, _: &Plan, _: &Places) -> Fact<String> { unimplemented!() }
pub async fn findings(_: &Context, _: &DatabaseMigration, _: &Plan, _: bool) -> Vec<Finding> { unimplemented!() }
