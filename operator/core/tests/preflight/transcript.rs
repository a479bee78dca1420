//! A story, and how it is written down: what differs from the sound world, then everything that is said.
use std::{fmt::Write as _, path::Path};

use serde_json::Value;
use verdigris_core::preflight::{Facts, Finding, Request, Stage, check, summary};

use crate::world;

/// One change of the sound world.
pub struct Story {
    pub title: &'static str,
    pub stage: Stage,
    pub change: Box<dyn Fn(&mut Request, &mut Facts)>,
}

/// A story with both sides there.
pub fn story(title: &'static str, change: impl Fn(&mut Request, &mut Facts) + 'static) -> Story {
    Story { title, stage: Stage::WithGreen, change: Box::new(change) }
}

/// A story before green is there.
pub fn early(title: &'static str, change: impl Fn(&mut Request, &mut Facts) + 'static) -> Story {
    Story { title, stage: Stage::BeforeGreen, change: Box::new(change) }
}

impl Story {
    fn world(&self) -> (Request, Facts) {
        let (mut request, mut facts) = (world::request(), world::facts());
        (self.change)(&mut request, &mut facts);
        (request, facts)
    }

    pub fn findings(&self) -> Vec<Finding> {
        let (request, facts) = self.world();
        check(self.stage, &request, &facts)
    }

    fn write(&self) -> String {
        let (request, facts) = self.world();
        let stage = if self.stage == Stage::WithGreen { "both sides" } else { "before green" };
        let mut text = format!("=== {} ({stage})\n", self.title);
        let spec = |request: &Request| serde_json::to_value(&request.spec).unwrap();
        let seen = |facts: &Facts| serde_json::to_value(facts).unwrap();
        differ(&mut text, "spec", &spec(&world::request()), &spec(&request));
        differ(&mut text, "seen", &seen(&world::facts()), &seen(&facts));
        let findings = check(self.stage, &request, &facts);
        for finding in &findings {
            writeln!(text, "{} {}: {}", finding.severity.as_str(), finding.reason, finding.message).unwrap();
            for line in finding.remedy.lines() {
                writeln!(text, "    {line}").unwrap();
            }
        }
        let (passed, message) = summary(&findings);
        writeln!(text, "{}: {message}", if passed { "passed" } else { "stops" }).unwrap();
        text
    }
}

/// What differs, one line a place.
fn differ(text: &mut String, path: &str, before: &Value, after: &Value) {
    match (before, after) {
        _ if before == after => {}
        (Value::Object(old), Value::Object(new)) if !new.contains_key("Unknown") => {
            let mut keys: Vec<_> = old.keys().chain(new.keys().filter(|key| !old.contains_key(*key))).collect();
            keys.sort();
            for key in keys {
                let below = if key == "Known" { path.to_string() } else { format!("{path}.{key}") };
                differ(text, &below, old.get(key).unwrap_or(&Value::Null), new.get(key).unwrap_or(&Value::Null));
            }
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            for (index, (old, new)) in old.iter().zip(new).enumerate() {
                differ(text, &format!("{path}[{index}]"), old, new);
            }
        }
        (Value::Array(old), Value::Array(new)) => {
            for gone in old.iter().filter(|item| !new.contains(item)) {
                writeln!(text, "  {path} lacks {}", short(gone)).unwrap();
            }
            for more in new.iter().filter(|item| !old.contains(item)).take(5) {
                writeln!(text, "  {path} has {}", short(more)).unwrap();
            }
        }
        _ if after.get("Unknown").is_some() => writeln!(text, "  {path}: {}", short(after)).unwrap(),
        (Value::Object(_), Value::Null) => writeln!(text, "  {path}: none").unwrap(),
        (Value::Null, _) => writeln!(text, "  {path}: {}", short(after)).unwrap(),
        _ => writeln!(text, "  {path}: {} -> {}", short(before), short(after)).unwrap(),
    }
}

fn short(value: &Value) -> String {
    if let Some(problem) = value.get("Unknown") {
        return format!("unknown ({})", problem["reason"].as_str().unwrap_or_default());
    }
    let text = value.to_string();
    match value.get("name").and_then(Value::as_str) {
        Some(name) if text.len() > 260 => format!("{name:?}, …"),
        _ => text,
    }
}

/// Compares a room's stories with its file.
pub fn compare(name: &str, stories: &[Story]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts/preflight").join(format!("{name}.txt"));
    let text = stories.iter().map(Story::write).collect::<Vec<_>>().join("\n");
    compare_file(&path, &text);
}

/// Compares a generated text with its file; `UPDATE=1` writes it.
pub fn compare_file(path: &Path, text: &str) {
    if std::env::var_os("UPDATE").is_some_and(|update| update == "1") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        return;
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        written == text,
        "{} differs: look at it with UPDATE=1 cargo test -p verdigris-core --test preflight and git diff",
        path.display()
    );
}
