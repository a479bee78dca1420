//! What holds for every world, whatever the rules say: no fact that is unknown passes, order depends on nothing, names stay
//! harmless.
use proptest::prelude::*;
use serde_json::{Value, json};
use verdigris_core::preflight::{Facts, Finding, Severity, Stage, check, summary};

use crate::world;

/// Every place in the world that holds a known fact, as a JSON pointer.
fn places(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            if map.len() == 1 && map.contains_key("Known") {
                found.push(path.to_string());
            }
            for (key, below) in map {
                places(below, &format!("{path}/{key}"), found);
            }
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, below)| places(below, &format!("{path}/{index}"), found))
        }
        _ => {}
    }
}

#[test]
fn a_fact_that_is_unknown_never_passes() {
    let sound = serde_json::to_value(world::facts()).unwrap();
    let mut found = Vec::new();
    places(&sound, "", &mut found);
    assert!(found.len() > 40, "{found:?}");
    // Read on one side only: what green's tables are is nobody's question while it is empty, and so on.
    let unread = [
        "/green/Known/database/Known/",
        "/green/Known/others",
        "/green/Known/superusers",
        "/blue/Known/available",
        "/blue/Known/database/Known/objects",
    ];
    let read = ["objects", "leftover", "publications", "triggers", "event_triggers", "eventTriggers"];
    for place in found {
        let mut world = sound.clone();
        *world.pointer_mut(&place).unwrap() =
            json!({"Unknown": {"reason": "Lost", "message": "lost", "transient": true}});
        let facts: Facts = serde_json::from_value(world).unwrap();
        let findings = check(Stage::WithGreen, &world::request(), &facts);
        let skipped = unread.iter().any(|prefix| place.starts_with(prefix))
            && !(place.starts_with(unread[0]) && read.iter().any(|name| place.ends_with(name)));
        if skipped {
            continue;
        }
        assert!(!summary(&findings).0, "{place} unknown, and nothing stops for it");
    }
}

#[test]
fn nothing_known_at_all_blocks_and_does_not_panic() {
    let mut facts = world::facts();
    facts.blue = world::unknown();
    facts.green = world::unknown();
    facts.kubernetes.service = world::unknown();
    facts.kubernetes.pods = world::unknown();
    facts.kubernetes.workload = world::unknown();
    let (passed, message) = summary(&check(Stage::WithGreen, &world::request(), &facts));
    assert!(!passed && message.len() <= 1024, "{message}");
}

#[test]
fn what_is_acknowledged_is_a_note_and_blockers_cannot_be() {
    let mut request = world::request();
    let mut facts = world::facts();
    let database = world::inside(world::blue(&mut facts));
    database.large_objects = verdigris_core::fact::Fact::Known(7);
    world::of(&mut database.tables)[0].identity = verdigris_core::preflight::Identity::Missing;
    request.spec.acknowledge = vec!["LargeObjects".into(), "TableWithoutIdentity".into()];
    let findings = check(Stage::WithGreen, &request, &facts);
    let of = |reason: &str| findings.iter().find(|finding| finding.reason == reason).unwrap().severity;
    assert_eq!(of("LargeObjects"), Severity::Note);
    assert_eq!(of("TableWithoutIdentity"), Severity::Blocker);
}

proptest! {
    #[test]
    fn names_stay_harmless(name in ".{1,63}", schema in ".{1,63}") {
        let mut facts = world::facts();
        let table = &mut world::of(&mut world::inside(world::blue(&mut facts)).tables)[0];
        table.name = name.clone();
        table.schema = schema.clone();
        table.candidate = None;
        table.identity = verdigris_core::preflight::Identity::Missing;
        let findings = check(Stage::WithGreen, &world::request(), &facts);
        let found = findings.iter().find(|finding| finding.reason == "TableWithoutIdentity").unwrap();
        let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
        let expected = format!("ALTER TABLE {}.{} REPLICA IDENTITY FULL;", quoted(&schema), quoted(&name));
        prop_assert!(found.remedy.contains(&expected));
        prop_assert!(!found.message.contains(char::is_control));
        prop_assert_eq!(found.remedy.lines().next().unwrap(), "-- on blue, in database shop");
    }

    #[test]
    fn summaries_fit_a_condition(messages in prop::collection::vec((".{0,400}", 0..3u8), 0..40)) {
        let findings: Vec<_> = messages.into_iter().map(|(message, kind)| Finding {
            severity: [Severity::Blocker, Severity::Question, Severity::Note][usize::from(kind)],
            reason: "Reason".into(), subject: "subject".into(), message: message.clone(), remedy: message,
        }).collect();
        let (passed, text) = summary(&findings);
        prop_assert!(text.len() <= 1024 && !text.is_empty());
        prop_assert_eq!(passed, findings.iter().all(|finding| finding.severity == Severity::Note));
    }
}
