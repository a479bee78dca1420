//! Pods, selectors and blue's workload.
use verdigris_core::{fact::Fact, preflight::*};

use crate::{
    transcript::{Story, early, story},
    world::*,
};

fn pods(facts: &mut Facts) -> &mut Vec<PodFacts> {
    of(&mut facts.kubernetes.pods)
}

fn second_blue(facts: &mut Facts, in_recovery: Fact<bool>) {
    pods(facts)[0].in_recovery = Fact::Known(false);
    let second = PodFacts { in_recovery, ..pod("orders-blue", 1) };
    pods(facts).push(second);
}

pub fn stories() -> Vec<Story> {
    vec![
        early("Blue's StatefulSet does not exist", |_, facts| facts.kubernetes.workload = Fact::Known(None)),
        early("Blue's StatefulSet cannot be read", |_, facts| facts.kubernetes.workload = unknown()),
        early("Green's selector is empty", |request, _| request.spec.green.selector.clear()),
        early("Green's selector is blue's", |request, _| request.spec.green.selector = labels("orders-blue")),
        early("Blue's selector would match green's pods", |request, facts| {
            let narrow = ("side".to_string(), "green".to_string());
            request.spec.green.selector = labels("orders");
            request.spec.green.selector.insert(narrow.0, narrow.1);
            request.spec.blue.selector = Some(labels("orders"));
            service(facts).selector = labels("orders");
            pods(facts).iter_mut().for_each(|pod| pod.labels = labels("orders"));
        }),
        story("A pod carries the labels of both sides", |request, facts| {
            request.spec.blue.selector = Some([("side".to_string(), "blue".to_string())].into());
            service(facts).selector = [("side".to_string(), "blue".to_string())].into();
            pods(facts).iter_mut().for_each(|pod| {
                pod.labels.insert("side".into(), "blue".into());
            });
        }),
        early("Pods cannot be listed", |_, facts| facts.kubernetes.pods = unknown()),
        early("No pod of blue", |_, facts| {
            pods(facts).remove(0);
        }),
        story("No pod of green", |_, facts| {
            pods(facts).remove(1);
        }),
        early("Blue's pod is not ready", |_, facts| pods(facts)[0].ready = false),
        early("A standby of blue beside its primary", |_, facts| second_blue(facts, Fact::Known(true))),
        early("Two pods of blue that are not in recovery", |_, facts| second_blue(facts, Fact::Known(false))),
        early("Whether the second pod is in recovery is not known", |_, facts| second_blue(facts, unknown())),
        early("The only pod of blue is in recovery", |_, facts| {
            of(&mut blue(facts).server).in_recovery = true;
        }),
        early("A pod with blue's labels belongs to a Deployment", |_, facts| {
            pods(facts)[0].owner =
                Some(Owner { kind: "ReplicaSet".into(), name: "orders-7d4f9".into(), controller: true });
        }),
    ]
}
