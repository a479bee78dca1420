//! Preflight by transcripts: each story changes a sound world in one way; the transcript shows what changed and everything
//! that is said about it. `UPDATE=1 cargo test -p verdigris-core --test preflight` writes them anew.
mod docs;
mod properties;
mod stories;
mod transcript;
mod world;

use std::collections::BTreeSet;

use verdigris_core::preflight::{Reason, Stage, check, summary};

#[test]
fn a_sound_world_passes_in_both_stages() {
    for stage in [Stage::BeforeGreen, Stage::WithGreen] {
        let findings = check(stage, &world::request(), &world::facts());
        assert_eq!(findings, [], "{stage:?}");
        assert_eq!(summary(&findings), (true, "Nothing is in the way.".into()));
    }
}

#[test]
fn transcripts_are_as_written() {
    for (name, stories) in stories::all() {
        transcript::compare(name, &stories);
    }
}

#[test]
fn every_reason_is_met_in_a_story() {
    let stories = stories::all().into_iter().flat_map(|(_, stories)| stories);
    let met: BTreeSet<String> = stories.flat_map(|story| story.findings()).map(|finding| finding.reason).collect();
    let missing: Vec<_> =
        Reason::ALL.iter().map(|reason| reason.as_str()).filter(|reason| !met.contains(*reason)).collect();
    assert!(missing.is_empty(), "no story meets {missing:?}");
}

#[test]
fn every_blocker_and_question_says_what_to_do() {
    for (_, stories) in stories::all() {
        for finding in stories.iter().flat_map(transcript::Story::findings) {
            let open = finding.severity != verdigris_core::preflight::Severity::Note;
            assert!(!open || !finding.remedy.trim().is_empty(), "{finding:?}");
            assert!(!finding.message.contains('\n') && finding.message.len() < 700, "{finding:?}");
        }
    }
}
