//! Stories as files: how each defect shows, held against what was written; and a counterexample, which stays there until it is mended.
use std::fs;
use std::path::PathBuf;

use crate::Hunted;
use crate::defects::Defect;

fn dir() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts/exploration")
}

/// Holds the story of each defect against its file; `UPDATE=1` writes it.
pub fn check(found: &[Option<Hunted>]) {
    if std::env::var_os("UPDATE").is_some() {
        let _ = fs::remove_dir_all(dir());
        fs::create_dir_all(dir()).unwrap();
    }
    let mut wrong = Vec::new();
    for (defect, hunted) in Defect::ALL.iter().zip(found) {
        let Some(hunted) = hunted else { continue };
        let path = dir().join(format!("{}.txt", file(*defect)));
        let text = format!("{}\nIn: {}.\n\n{}", defect.says(), hunted.place, hunted.story);
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&path, &text).unwrap();
        }
        if fs::read_to_string(&path).unwrap_or_default() != text {
            wrong.push(path);
        }
    }
    assert!(wrong.is_empty(), "differ from what is found now; UPDATE=1 writes them anew: {wrong:?}");
    let files = fs::read_dir(dir()).unwrap().count();
    assert_eq!(
        files,
        Defect::ALL.len(),
        "a transcript without a defect, or a counterexample that is mended: delete it"
    );
}

/// A counterexample lands beside them.
pub fn land(scenario: &str, story: &str) {
    fs::create_dir_all(dir()).unwrap();
    fs::write(dir().join("counterexample.txt"), format!("In: {scenario}.\n\n{story}")).unwrap();
}

/// `NoGuard` is `no-guard`.
fn file(defect: Defect) -> String {
    let mut name = String::new();
    for letter in format!("{defect:?}").chars() {
        if letter.is_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.extend(letter.to_lowercase());
    }
    name
}
