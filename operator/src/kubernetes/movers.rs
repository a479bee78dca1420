//! Pods of a Job of movers, read as decisions look at them. Listed only where the Job's own counts leave a question.
use k8s_openapi::{
    api::{
        batch::v1::Job,
        core::v1::{ContainerStateTerminated, Pod},
    },
    apimachinery::pkg::apis::meta::v1::Time,
};
use kube::{Api, Client, ResourceExt, api::ListParams};
use verdigris_core::{
    fact::Problem,
    observation::{EndedPod, PodFacts, WaitingPod},
};

use super::{Error, call};

/// Failed pods that are looked at: the last ones say why.
const ENDED: usize = 10;
/// Longest termination message of ours, in bytes: Kubernetes keeps 4 KiB.
const TOLD: usize = 4096;

/// Pods of a Job that is under way.
///
/// # Errors
/// When the API server does.
pub async fn pods(client: &Client, namespace: &str, job: &Job) -> Result<PodFacts, Error> {
    let status = job.status.clone().unwrap_or_default();
    let since = status.start_time.as_ref().or(job.metadata.creation_timestamp.as_ref()).map_or(0, seconds);
    let active = status.active.unwrap_or(0);
    // Movers that run and never failed: there is nothing to ask.
    if status.ready.unwrap_or(0) > 0 && status.failed.unwrap_or(0) == 0 {
        return Ok(PodFacts { since, active, running_since: Some(since), ..PodFacts::default() });
    }
    let api: Api<Pod> = Api::namespaced(client.clone(), namespace);
    let selector = format!("batch.kubernetes.io/controller-uid={}", job.uid().unwrap_or_default());
    // From the API server's cache: what a pod said a moment ago will do.
    let list = ListParams::default().labels(&selector).match_any();
    let pods = call(format!("pods of Job {namespace}/{}", job.name_any()), api.list(&list)).await?.items;
    Ok(facts(&pods, since, active))
}

/// What the pods of one Job say.
fn facts(pods: &[Pod], since: i64, active: i32) -> PodFacts {
    let mut facts = PodFacts { since, active, ..PodFacts::default() };
    for pod in pods {
        let phase = pod.status.as_ref().and_then(|s| s.phase.as_deref()).unwrap_or("Pending");
        match (phase, ended(pod)) {
            ("Succeeded", _) => {}
            (_, Some(ended)) => facts.ended.push(ended),
            ("Running", None) => {
                let began = running(pod).unwrap_or_else(|| made(pod));
                facts.running_since = Some(facts.running_since.map_or(began, |first| first.min(began)));
            }
            // One that is being deleted is not waited for.
            _ if pod.metadata.deletion_timestamp.is_none() => facts.waiting.push(waiting(pod)),
            _ => {}
        }
    }
    facts.ended.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.pod.cmp(&b.pod)));
    facts.ended.truncate(ENDED);
    facts
}

fn seconds(time: &Time) -> i64 {
    time.0.as_second()
}

fn made(pod: &Pod) -> i64 {
    pod.metadata.creation_timestamp.as_ref().map_or(0, seconds)
}

fn running(pod: &Pod) -> Option<i64> {
    let states = pod.status.iter().flat_map(|s| s.container_statuses.iter().flatten()).filter_map(|c| c.state.as_ref());
    states.filter_map(|state| state.running.as_ref()?.started_at.as_ref().map(seconds)).min()
}

fn ended(pod: &Pod) -> Option<EndedPod> {
    let status = pod.status.as_ref()?;
    let containers = status.container_statuses.iter().flatten().filter_map(|c| c.state.as_ref());
    let terminated = containers.filter_map(|state| state.terminated.as_ref()).find(|t| t.exit_code != 0);
    if terminated.is_none() && status.phase.as_deref() != Some("Failed") {
        return None;
    }
    let time = |pick: fn(&ContainerStateTerminated) -> Option<&Time>| terminated.and_then(pick).map(seconds);
    let began = time(|t| t.started_at.as_ref()).unwrap_or_else(|| made(pod));
    // A pod that was evicted before it ran has no container to ask.
    let last_change =
        status.conditions.iter().flatten().filter_map(|c| c.last_transition_time.as_ref()).map(seconds).max();
    Some(EndedPod {
        pod: pod.name_any(),
        began,
        at: time(|t| t.finished_at.as_ref()).or(last_change).unwrap_or(began),
        reason: status
            .reason
            .clone()
            .or_else(|| terminated.and_then(|t| t.reason.clone()))
            .unwrap_or_else(|| "Error".into()),
        exit_code: terminated.map(|t| t.exit_code),
        told: terminated.and_then(|t| t.message.as_deref()).and_then(told),
    })
}

/// What a mover wrote, if it is that: nobody else's words are taken from there.
fn told(text: &str) -> Option<Problem> {
    let problem: Problem = serde_json::from_str(text).ok().filter(|_| text.len() <= TOLD)?;
    let word = problem.reason.chars().all(|c| c.is_ascii_alphanumeric()) && problem.reason.len() <= 63;
    (word && problem.reason.starts_with(|c: char| c.is_ascii_uppercase())).then_some(problem)
}

fn waiting(pod: &Pod) -> WaitingPod {
    let status = pod.status.clone().unwrap_or_default();
    let mut containers = status.container_statuses.iter().flatten().filter_map(|c| c.state.as_ref());
    let container = containers.find_map(|state| state.waiting.as_ref());
    let place = status.conditions.iter().flatten().find(|c| c.type_ == "PodScheduled" && c.status == "False");
    let (reason, message) = match (place, container) {
        (Some(place), _) => (place.reason.clone(), place.message.clone()),
        (None, Some(container)) => (container.reason.clone(), container.message.clone()),
        (None, None) => (None, None),
    };
    WaitingPod {
        pod: pod.name_any(),
        since: made(pod),
        reason: reason.unwrap_or_default(),
        message: message.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(yaml: &str) -> Pod {
        let pod = serde_json::from_value(verdigris_crds::yaml::from_str(yaml).expect("yaml"));
        pod.expect("a pod")
    }

    #[test]
    fn pods_that_wait_run_and_end_are_told_apart() {
        let made = "metadata: {name: POD, creationTimestamp: '2026-01-01T00:00:00Z'}\nstatus: ";
        let all = [
            "{phase: Pending, conditions: [{type: PodScheduled, status: 'False', reason: Unschedulable, message: 0/1 nodes}]}",
            "{phase: Pending, containerStatuses: [{name: mover, image: i, imageID: '', ready: false, restartCount: 0, state: {waiting: {reason: ErrImagePull, message: no such image}}}]}",
            "{phase: Running, containerStatuses: [{name: mover, image: i, imageID: '', ready: true, restartCount: 0, state: {running: {startedAt: '2026-01-01T00:01:00Z'}}}]}",
            "{phase: Failed, containerStatuses: [{name: mover, image: i, imageID: '', ready: false, restartCount: 0, state: {terminated: {exitCode: 1, reason: Error, startedAt: '2026-01-01T00:00:10Z', finishedAt: '2026-01-01T00:00:12Z', message: '{\"reason\":\"ConnectTimeout\",\"message\":\"no answer\",\"transient\":true}'}}}]}",
            "{phase: Failed, containerStatuses: [{name: mover, image: i, imageID: '', ready: false, restartCount: 0, state: {terminated: {exitCode: 137, reason: OOMKilled, startedAt: '2026-01-01T00:00:10Z', finishedAt: '2026-01-01T00:00:20Z', message: 'row 42 of somebody'}}}]}",
            "{phase: Failed, reason: Evicted, message: The node was low on resource}",
            "{phase: Succeeded}",
        ];
        let pods: Vec<Pod> = (0..)
            .zip(all)
            .map(|(n, status)| pod(&format!("{}{status}", made.replace("POD", &format!("p{n}")))))
            .collect();
        let facts = facts(&pods, 5, 3);
        let zero = 1_767_225_600;
        assert_eq!((facts.since, facts.active, facts.running_since), (5, 3, Some(zero + 60)));
        let waiting: Vec<_> =
            facts.waiting.iter().map(|w| (w.pod.as_str(), w.reason.as_str(), w.since - zero)).collect();
        assert_eq!(waiting, [("p0", "Unschedulable", 0), ("p1", "ErrImagePull", 0)]);
        let ended: Vec<_> = facts
            .ended
            .iter()
            .map(|e| {
                (
                    e.pod.as_str(),
                    e.reason.as_str(),
                    e.exit_code,
                    e.at - zero,
                    e.told.as_ref().map(|t| t.reason.as_str()),
                )
            })
            .collect();
        assert_eq!(
            ended,
            [
                ("p4", "OOMKilled", Some(137), 20, None),
                ("p3", "Error", Some(1), 12, Some("ConnectTimeout")),
                ("p5", "Evicted", None, 0, None)
            ]
        );
    }
}
