//! Every fault point has its row in the fault matrix that was run last, with every fault, and each cell passed: a new step without
//! them fails here until `make faults` has run.
use std::collections::{BTreeMap, BTreeSet};

use verdigris::postgres::faults::points;

const TABLE: &str = include_str!("../../docs/evidence/faults.tsv");

#[test]
fn every_point_was_tried_with_every_fault() {
    let mut tried: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for line in TABLE.lines().skip(1) {
        let [point, fault, way, ..] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        assert!(["there", "back"].contains(&way), "{point}, {fault}: {way}");
        assert!(tried.entry(point).or_default().insert(fault), "{point}, {fault}: twice");
    }
    let faults: BTreeSet<&str> = tried.values().flatten().copied().collect();
    assert_eq!(faults.len(), 15, "{faults:?}");
    for point in points().iter().filter(|point| !point.step.is_of_poolers()) {
        let missing: Vec<_> = match tried.get(point.to_string().as_str()) {
            Some(some) => faults.difference(some).collect(),
            None => faults.iter().collect(),
        };
        assert!(missing.is_empty(), "make faults has not tried {point} with {missing:?}");
    }
}
