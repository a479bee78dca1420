//! The plan, its approval, and the order to move the writer. How it moves is `switchover`'s.
use verdigris_crds::{CutoverPolicy, Phase, Side};

use crate::{
    action::Action,
    decide::{Next, act, known, stalled, wait},
    digest,
    observation::Observation,
    plan::Plan,
    preflight::FIELD_MANAGER,
};

/// Decides once green is proved equal: carry roles, write the plan, wait for the approval, switch.
pub fn decide(plan: &Plan, obs: &Observation, now: i64) -> Next {
    if !known(plan, &obs.roles)?.is_empty() {
        return act(Phase::AwaitingApproval, vec![Action::CarryRoles]);
    }
    known(plan, &obs.noted)?;
    let (digest, body) = digest::document(plan, obs);
    if known(plan, &obs.plan)?.as_deref() != Some(digest.as_str()) {
        return act(Phase::AwaitingApproval, vec![Action::WritePlan { digest, body }]);
    }
    if !obs.green.leftovers.is_empty() || !obs.blue.leftovers.is_empty() {
        return act(Phase::AwaitingApproval, vec![Action::Recover]);
    }
    if plan.spec.writer == Side::Blue {
        return wait(
            Phase::AwaitingApproval,
            "WriterIsBlue",
            format!(
                "Everything is proved; spec.writer is Blue, so nothing is switched. {}",
                approve(plan, obs, &digest)
            ),
            30,
        );
    }
    if plan.spec.suspend {
        return wait(Phase::Suspended, "Suspended", "Suspended before the cutover; green is kept in step.", 60);
    }
    if plan.spec.cutover.policy == CutoverPolicy::Manual {
        match plan.spec.cutover.approved_plan.as_deref() {
            Some(approved) if approved == digest => {}
            Some(_) => {
                return wait(
                    Phase::AwaitingApproval,
                    "DigestMismatch",
                    format!("The approved plan is not the present one. {}", approve(plan, obs, &digest)),
                    30,
                );
            }
            None => return wait(Phase::AwaitingApproval, "NotApproved", approve(plan, obs, &digest), 30),
        }
    }
    let service = known(plan, &obs.service)?;
    if !service.ours {
        return stalled(Phase::AwaitingApproval, "SelectorContested", contested(plan));
    }
    if service.points_at != Some(Side::Blue) {
        return act(Phase::AwaitingApproval, vec![Action::PointService { to: Side::Blue }]);
    }
    if !*known(plan, &obs.green.ready)? {
        return wait(
            Phase::AwaitingApproval,
            "GreenNotReady",
            "Green has no ready pod; nothing is switched before it has.",
            5,
        );
    }
    attempt(obs, now, Side::Blue)
}

/// Blue's own Service carries the selector that the client Service had.
fn contested(plan: &Plan) -> String {
    let (namespace, name, service) = (&plan.namespace, &plan.name, &plan.spec.service.name);
    format!(
        "spec.selector of Service {service} is not owned by this operator any more. Find who set it (`kubectl -n {namespace} get service {service} -o yaml --show-managed-fields`) and stop that; then give it back: \
         `kubectl -n {namespace} get service {name}-blue -o json | jq '{{apiVersion, kind, metadata: {{name: \"{service}\", namespace: \"{namespace}\"}}, spec: {{selector: .spec.selector}}}}' | \
         kubectl apply --server-side --force-conflicts --field-manager={FIELD_MANAGER} -f -`."
    )
}

/// Order the switchover, unless an earlier attempt asked for a pause.
pub fn attempt(obs: &Observation, now: i64, from: Side) -> Next {
    let (phase, name) =
        if from == Side::Blue { (Phase::CuttingOver, "cutover") } else { (Phase::RollingBack, "rollback") };
    match &obs.last_attempt {
        Some(last) if last.not_before > now => {
            let recheck = u32::try_from(last.not_before - now).unwrap_or(60);
            let message = format!(
                "Attempt {} of the {name} was given up and everything put back: {} The next one follows.",
                last.tries, last.problem.message
            );
            if last.problem.transient {
                wait(phase, &last.problem.reason, message, recheck)
            } else {
                stalled(phase, &last.problem.reason, message)
            }
        }
        _ => {
            // Once more, for what changed since this look: a password that was withdrawn must not be the one that works.
            let roles = (from == Side::Blue).then_some(Action::CarryRoles);
            act(phase, roles.into_iter().chain([Action::Switchover { from, to: from.other() }]).collect())
        }
    }
}

fn approve(plan: &Plan, obs: &Observation, digest: &str) -> String {
    let said = match digest::findings(obs).len() {
        0 => String::new(),
        1 => ", which has a finding to know of,".into(),
        number => format!(", which has {number} findings to know of,"),
    };
    format!(
        "Read the plan{said} with `kubectl -n {ns} get configmap {cm} -o yaml`, then approve it: \
         `kubectl -n {ns} patch dbmig {name} --type merge -p '{{\"spec\":{{\"writer\":\"Green\",\"cutover\":{{\"approvedPlan\":\"{digest}\"}}}}}}'`.",
        ns = plan.namespace,
        cm = plan.plan_config_map(),
        name = plan.name
    )
}
