//! Movers that cannot do their work: not scheduled, no image, no pod at all, or a mover that ends again and again. It is said
//! with Kubernetes' own words and what to do, and it passes by itself when it is mended: no Job is touched for it.
use std::ops::ControlFlow;

use verdigris_crds::Phase;

use crate::{
    action::JobKind,
    decide::{Next, stalled, wait},
    fact::Problem,
    observation::{EndedPod, JobFacts, PodFacts, WaitingPod},
    plan::Plan,
    status::time,
};

/// A mover that ran this long has got past what it met at its beginning. Seconds, as all of these.
const SETTLED: i64 = 60;
/// What may pass by itself gets this long before a human is asked for.
const PATIENCE: i64 = 60;
/// A node may have to be made for a pod, a volume to be mounted.
const LONG_PATIENCE: i64 = 180;
/// The first pod comes within a moment of its Job.
const FIRST_POD: i64 = 20;
/// Another one comes after a pause that Kubernetes lets grow to ten minutes.
const NEXT_POD: i64 = 660;
/// Most characters of a sentence of Kubernetes' that are passed on.
const MOST: usize = 300;

/// Stops the walk where the movers of a running Job do not work.
pub fn hindered(plan: &Plan, phase: Phase, kind: JobKind, pods: Option<&PodFacts>, now: i64) -> Next {
    match pods.and_then(|pods| trouble(plan, kind, pods, now)) {
        None => ControlFlow::Continue(()),
        Some(Trouble { reason, message, human: true }) => stalled(phase, &reason, message),
        Some(Trouble { reason, message, human: false }) => wait(phase, &reason, message, 5),
    }
}

/// Stops the walk while a Job is being deleted: no other one can be made before it is gone, and its movers may still work.
pub fn going(plan: &Plan, phase: Phase, kind: JobKind, job: &JobFacts, now: i64) -> Next {
    let JobFacts::Deleting { since } = job else { return ControlFlow::Continue(()) };
    let message = format!(
        "Job {ns}/{name}-{kind} is being deleted since {}; it goes once its pods have ended. If it stays: `kubectl -n {ns} get pods -l job-name={name}-{kind}`, and the node that they are on.",
        clock(*since),
        ns = plan.namespace,
        name = plan.name,
        kind = kind.as_str()
    );
    if now - since < LONG_PATIENCE {
        wait(phase, "JobDeleting", message, 2)
    } else {
        stalled(phase, "JobDeleting", message)
    }
}

/// Why no mover works.
struct Trouble {
    reason: String,
    message: String,
    /// It has not passed by itself, or cannot.
    human: bool,
}

fn trouble(plan: &Plan, kind: JobKind, pods: &PodFacts, now: i64) -> Option<Trouble> {
    if pods.running_since.is_some_and(|since| now - since >= SETTLED) {
        return None;
    }
    let not_started = if pods.running_since.is_some() { None } else { not_started(plan, pods, now) };
    not_started.or_else(|| failed(plan, pods, now)).or_else(|| refused(plan, kind, pods, now))
}

/// What a state of a pod that does not run means.
struct State {
    /// How bad: the worst of several pods is told.
    rank: u8,
    /// Our reason: Kubernetes' own word; of two that take turns, one.
    reason: &'static str,
    remedy: &'static str,
    /// From when on it is told.
    told_after: i64,
    patience: i64,
}

fn state(word: &str) -> State {
    let (rank, reason, remedy, told_after, patience) = match word {
        "ErrImagePull"
        | "ImagePullBackOff"
        | "ErrImageNeverPull"
        | "InvalidImageName"
        | "RegistryUnavailable"
        | "ImageInspectError" => (
            5,
            "ImagePullBackOff",
            "Movers run the operator's image with the default ServiceAccount of this namespace: check the registry, and that account's imagePullSecrets.",
            0,
            PATIENCE,
        ),
        "CreateContainerConfigError" => {
            (4, "CreateContainerConfigError", "Create the Secret, key or ConfigMap that is missing.", 0, PATIENCE)
        }
        "CreateContainerError" | "RunContainerError" | "StartError" | "ContainerCannotRun" => {
            (4, "CreateContainerError", "See the events of the pod, and its node.", 0, PATIENCE)
        }
        "Unschedulable" => {
            (3, "Unschedulable", "No node takes the pod: make room, or mend what the message names.", 0, LONG_PATIENCE)
        }
        "ContainerCreating" | "PodInitializing" | "" => (
            1,
            "ContainerCreating",
            "See the events of the pod: a volume or the network plugin of its node.",
            LONG_PATIENCE,
            LONG_PATIENCE,
        ),
        _ => (2, "MoverNotStarted", "See the events of the pod.", 0, PATIENCE),
    };
    State { rank, reason, remedy, told_after, patience }
}

/// The worst of the pods that do not start.
fn not_started(plan: &Plan, pods: &PodFacts, now: i64) -> Option<Trouble> {
    let told = |pod: &&WaitingPod| now - pod.since >= state(&pod.reason).told_after;
    // Of several in the same state the one that waits longest, by name where that is equal: the message stays the same.
    let key = |pod: &&WaitingPod| (std::cmp::Reverse(state(&pod.reason).rank), pod.since, pod.pod.clone());
    let worst = pods.waiting.iter().filter(told).min_by_key(key)?;
    let state = state(&worst.reason);
    // Kubernetes says the first of these two again before each try, and the other one between them.
    let word = if matches!(worst.reason.as_str(), "" | "ErrImagePull") { state.reason } else { &worst.reason };
    let said = scrub(worst.message.rsplit_once("ErrImagePull: ").map_or(worst.message.as_str(), |(_, cause)| cause));
    let said = if said.is_empty() { ".".to_owned() } else { format!(": {}.", said.trim_end_matches('.')) };
    Some(Trouble {
        reason: state.reason.into(),
        message: format!(
            "Mover pod {}/{} does not start since {}, {word}{said} {} It goes on by itself.",
            plan.namespace,
            worst.pod,
            clock(worst.since),
            state.remedy
        ),
        human: now - worst.since >= state.patience,
    })
}

/// Movers that ended, one after the other, with nothing done.
fn failed(plan: &Plan, pods: &PodFacts, now: i64) -> Option<Trouble> {
    let last = pods.ended.first().filter(|pod| now - pod.at < NEXT_POD)?;
    let short = |pod: &&EndedPod| pod.at - pod.began < SETTLED;
    let since = pods.ended.iter().take_while(short).last().unwrap_or(last).at;
    let (reason, said, lasting) = match &last.told {
        Some(Problem { reason, message, transient }) => {
            (reason.clone(), message.trim_end_matches('.').to_owned(), !transient)
        }
        None => untold(plan, last),
    };
    Some(Trouble {
        reason,
        message: format!(
            "Movers end without having done their work since {}, the last one was pod {}/{}: {said}. Kubernetes starts another after a pause of at most ten minutes.",
            clock(since),
            plan.namespace,
            last.pod
        ),
        // A mover that runs now has its chance: until it has settled, what was said when it began is said.
        human: lasting || pods.running_since.unwrap_or(now) - since >= PATIENCE,
    })
}

/// A mover that could not say why it ended.
fn untold(plan: &Plan, pod: &EndedPod) -> (String, String, bool) {
    let reason = match pod.reason.as_str() {
        "OOMKilled" => "OOMKilled",
        "Evicted" => "Evicted",
        _ => "MoverFailed",
    };
    let code = pod.exit_code.map_or_else(String::new, |code| format!(", exit code {code}"));
    let see = format!(
        "see `kubectl -n {ns} logs {pod}` and `kubectl -n {ns} describe pod {pod}`",
        ns = plan.namespace,
        pod = pod.pod
    );
    (reason.into(), format!("{}{code}; {see}", pod.reason), false)
}

/// A Job of which Kubernetes makes no pod.
fn refused(plan: &Plan, kind: JobKind, pods: &PodFacts, now: i64) -> Option<Trouble> {
    if pods.active > 0 {
        return None;
    }
    let (since, pause) = pods.ended.first().map_or((pods.since, FIRST_POD), |last| (last.at.max(pods.since), NEXT_POD));
    (now - since >= pause).then(|| Trouble {
        reason: "FailedCreate".into(),
        message: format!(
            "Kubernetes has made no pod for Job {ns}/{name}-{kind} since {}. A ResourceQuota or LimitRange, Pod Security or an admission webhook may refuse it: \
             `kubectl -n {ns} describe job {name}-{kind}` says which, under Events. It goes on by itself once a pod is allowed.",
            clock(since),
            ns = plan.namespace,
            name = plan.name,
            kind = kind.as_str()
        ),
        human: true,
    })
}

fn clock(seconds: i64) -> String {
    time(seconds).0.to_string()
}

/// A sentence of Kubernetes' in one line, cut, without what stands before `@` or behind `?` in an address (I10).
fn scrub(text: &str) -> String {
    let line: Vec<String> = text.split_whitespace().map(address).collect();
    verdigris_crds::clip(&line.join(" "), MOST)
}

fn address(word: &str) -> String {
    let Some((scheme, rest)) = word.split_once("://") else { return word.to_owned() };
    let (place, query) = rest.split_once('?').map_or((rest, ""), |(place, _)| (place, "?…"));
    let host = place.split('/').next().unwrap_or_default();
    let place = match host.rsplit_once('@') {
        Some((user, _)) => format!("…{}", place.get(user.len()..).unwrap_or_default()),
        None => place.to_owned(),
    };
    format!("{scheme}://{place}{query}")
}

#[cfg(test)]
mod tests {
    use super::scrub;

    #[test]
    fn what_may_be_secret_is_not_passed_on() {
        assert_eq!(
            scrub("failed to pull\n  \"https://me:s3cret@registry.example/v2/x?token=abc\": 401"),
            "failed to pull \"https://…@registry.example/v2/x?… 401"
        );
        assert_eq!(scrub("secret \"orders-admin\" not found"), "secret \"orders-admin\" not found");
        assert_eq!(scrub(&"x".repeat(1000)).chars().count(), 300);
    }
}
