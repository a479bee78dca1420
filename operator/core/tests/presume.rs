//! What the end of a run presumes, for every pair of records.
#![allow(dead_code, missing_docs, clippy::unwrap_used, reason = "test code")]
mod decide_support;

use decide_support::record;
use verdigris_core::{presume, record::Record};
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
    // Blue without a record of ours is not guarded; what green is then, `release` looks at.
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
