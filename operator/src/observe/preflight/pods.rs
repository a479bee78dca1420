//! Which pods of a side are in recovery: each is asked at its own address.
use std::time::Duration;

use verdigris_core::{
    fact::Fact,
    names::Names,
    preflight::{KubernetesFacts, PodFacts},
};
use verdigris_crds::{DatabaseMigrationSpec, Side};

use super::in_recovery;
use crate::postgres::connect::{Purpose, Session, Target};

/// Bound of a session.
const LIMIT: Duration = Duration::from_secs(10);

/// Where a side has several pods, asks each whether it is in recovery. A single pod is the server that is asked anyway.
/// `target` leads to the side's server in a database that every one has; only its host is replaced.
pub async fn ask_pods(
    kubernetes: &mut KubernetesFacts,
    spec: &DatabaseMigrationSpec,
    names: &Names,
    side: Side,
    target: &Target,
) {
    let Fact::Known(pods) = &mut kubernetes.pods else { return };
    let green = &spec.green.selector;
    let of_green = |pod: &PodFacts| green.iter().all(|(key, value)| pod.labels.get(key) == Some(value));
    let mine: Vec<_> = pods.iter_mut().filter(|pod| of_green(pod) == (side == Side::Green)).collect();
    if mine.len() < 2 {
        return;
    }
    for pod in mine {
        let Some(host) = pod.ip.clone() else { continue };
        let there = Target { host, ..target.clone() };
        pod.in_recovery = match Session::open(&there, &Purpose::plain(names, "preflight", LIMIT)).await {
            Ok(session) => in_recovery(session.client()).await,
            Err(error) => Fact::Unknown(error.problem()),
        };
    }
}
