//! A world in which blue writes again.
use verdigris_core::{fact::Fact, observation::ServiceFacts, record::Record};
use verdigris_crds::Side;

use crate::decide_support::{NOW, World, record};

/// The writer went back to blue: by a switchover, or blue was opened by hand.
pub fn back(w: &mut World, by_hand: bool) {
    let opened_at = (!by_hand).then_some(NOW);
    w.obs.blue.record = Fact::Known(Some(Record { opened_at, ..record(Side::Blue, false, 4) }));
    w.obs.green.record = Fact::Known(Some(Record { opened_at: Some(NOW), ..record(Side::Green, true, 4) }));
    w.obs.stream = Fact::Known(None);
    w.obs.service =
        Fact::Known(ServiceFacts { exists: true, points_at: Some(Side::Blue), ours: true, reverted_by: None });
}

/// And the run was finished.
pub fn over(w: &mut World) {
    w.obs.blue.record = Fact::Known(None);
    w.green(|g| g.tombstone = Some("closed".into()));
    w.obs.object.finalizer = false;
}
