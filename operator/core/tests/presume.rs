//! What the end of a run and a move of the Service presume, for every pair of records.
#![allow(dead_code, missing_docs, clippy::unwrap_used, reason = "test code")]
mod decide_support;

use decide_support::record;
use verdigris_core::{
    fact::{Fact, Problem},
    presume,
    record::Record,
};
use verdigris_crds::Side;

/// None, open, closed, retired, and both ways in which record and flag may differ.
fn all(side: Side) -> [Option<Record>; 6] {
    let (open, closed) = (record(side, false, 3), record(side, true, 3));
    let retired = Record { tombstone: Some("retired".into()), ..closed.clone() };
    let (flagged, unflagged) = (Record { flag: true, ..open.clone() }, Record { flag: false, ..closed.clone() });
    [None, Some(open), Some(closed), Some(retired), Some(flagged), Some(unflagged)]
}

fn table(what: impl Fn(Option<&Record>, Option<&Record>) -> Result<(), String>) -> Vec<String> {
    let (blue, green) = (all(Side::Blue), all(Side::Green));
    let row = |b: &Option<Record>| {
        green.iter().map(|g| if what(b.as_ref(), g.as_ref()).is_ok() { 'y' } else { '.' }).collect()
    };
    blue.iter().map(row).collect()
}

/// Rows are blue, columns green: none, open, closed, retired, flag without record, record without flag.
#[test]
fn what_an_undo_presumes() {
    // Blue without a record of ours is not guarded; what green is then, `retire` looks at.
    assert_eq!(table(presume::undo), ["yyyyyy", "y.yy..", "......", "......", "......", "......"]);
    let closed = presume::undo(Some(&record(Side::Blue, true, 3)), Some(&record(Side::Green, true, 1)));
    assert_eq!(closed.unwrap_err(), "Blue is closed");
}

#[test]
fn what_an_end_after_a_cutover_presumes() {
    let to_green = |b: Option<&Record>, g: Option<&Record>| presume::finish(Side::Green, b, g);
    assert_eq!(table(to_green), ["yy....", "......", ".y....", "yy....", "......", "......"]);
    let to_blue = |b: Option<&Record>, g: Option<&Record>| presume::finish(Side::Blue, b, g);
    assert_eq!(table(to_blue), ["y..y..", "y.yy..", "......", "......", "......", "......"]);
}

/// Rows are the side that shall get the Service, columns the other one: as above, and unknown last.
#[test]
fn what_a_move_of_the_service_presumes() {
    let facts = |side: Side| {
        let gone = Fact::Unknown(Problem::transient("ConnectionRefused", "nobody is there"));
        all(side).into_iter().map(Fact::Known).chain([gone]).collect::<Vec<_>>()
    };
    let table = |to: Side| -> Vec<String> {
        let row = |record: &Fact<Option<Record>>| {
            facts(to.other())
                .iter()
                .map(|other| if presume::point(to, record, other).is_ok() { 'y' } else { '.' })
                .collect()
        };
        facts(to).iter().map(row).collect()
    };
    assert_eq!(table(Side::Blue), ["y.yy...", "yyyyyyy", ".......", ".......", ".......", ".......", "......."]);
    assert_eq!(table(Side::Green), ["..yy...", "yyyyyyy", ".......", ".......", ".......", ".......", "......."]);
}
