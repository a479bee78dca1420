//! Every rule of the definition has a case that passes and one that is refused. A real API server judges the cases in the
//! end-to-end tests; here only their completeness is judged.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that panics is a test that fails"
)]
use std::collections::BTreeMap;
use std::{fs, path::Path};

use serde_json::Value;

/// Messages of every rule below `schema`.
fn messages(schema: &Value, found: &mut Vec<String>) {
    for rule in schema["x-kubernetes-validations"].as_array().into_iter().flatten() {
        found.push(rule["message"].as_str().expect("every rule has a message").to_owned());
    }
    for field in schema["properties"].as_object().into_iter().flat_map(|all| all.values()) {
        messages(field, found);
    }
    messages_of(&schema["items"], found);
    messages_of(&schema["additionalProperties"], found);
}

fn messages_of(schema: &Value, found: &mut Vec<String>) {
    if schema.is_object() {
        messages(schema, found);
    }
}

/// Counts of valid and invalid cases by message.
fn cases() -> BTreeMap<String, (usize, usize)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut counts = BTreeMap::new();
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let groups: Vec<Value> = verdigris_crds::yaml::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        for group in groups {
            let count = |key: &str| group[key].as_array().map_or(0, Vec::len);
            let message = group["message"].as_str().expect("every group has a message").to_owned();
            let before = counts.insert(message.clone(), (count("valid"), count("invalid")));
            assert!(before.is_none(), "{}: two groups for: {message}", path.display());
        }
    }
    counts
}

#[test]
fn every_rule_has_a_passing_and_a_refused_case() {
    let crd = serde_json::to_value(verdigris_crds::crd()).unwrap();
    let mut rules = Vec::new();
    messages(&crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"], &mut rules);
    assert!(rules.len() > 20, "only {} rules were found", rules.len());
    let cases = cases();
    let lacking: Vec<_> = rules
        .iter()
        .filter(|rule| !cases.get(*rule).is_some_and(|(valid, invalid)| *valid > 0 && *invalid > 0))
        .collect();
    assert!(lacking.is_empty(), "rules without a passing and a refused case in crds/tests/cases: {lacking:#?}");
}

#[test]
fn messages_tell_rules_apart() {
    let crd = serde_json::to_value(verdigris_crds::crd()).unwrap();
    let mut rules = Vec::new();
    messages(&crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"], &mut rules);
    let all = rules.len();
    rules.sort();
    rules.dedup();
    assert_eq!(rules.len(), all, "two rules have the same message");
}

#[test]
fn the_smallest_object_is_read() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/base.yaml")).unwrap();
    let object: verdigris_crds::DatabaseMigration = verdigris_crds::yaml::from_str(&text).unwrap();
    assert_eq!(object.spec.writer, verdigris_crds::Side::Green);
    assert_eq!(object.spec.rollback.window_seconds, 86_400);
}
