//! The shape of the workspace: dependencies point one way, the core stays pure, files stay short and say what they are for.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that panics is a test that fails"
)]
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use serde_json::Value;

/// Longest file, in lines.
const LINES: usize = 300;

/// Which crates of the workspace each one may depend on, in every kind of dependency.
const DIRECTION: &[(&str, &[&str])] = &[
    ("verdigris-crds", &[]),
    ("verdigris-core", &["verdigris-crds"]),
    ("verdigris", &["verdigris-core", "verdigris-crds"]),
    ("verdigris-e2e", &["verdigris-crds"]),
];

/// Crates that do IO, run tasks, or roll dice on their own: none of them may be below the core.
const IMPURE: &[&str] = &[
    "anyhow",
    "async-std",
    "axum",
    "backoff",
    "clap",
    "curl",
    "futures-executor",
    "hyper",
    "hyper-rustls",
    "hyper-util",
    "instant",
    "kube-client",
    "kube-runtime",
    "mio",
    "native-tls",
    "openssl",
    "polling",
    "postgres",
    "rand",
    "reqwest",
    "rustix",
    "rustls",
    "rustls-native-certs",
    "smol",
    "socket2",
    "tempfile",
    "tokio",
    "tokio-postgres",
    "tokio-rustls",
    "tower",
    "tracing-subscriber",
    "ureq",
];

/// What no file of the core may say outside its tests: a clock, a file, a socket, the environment, a task.
const IMPURE_WORDS: &[&str] = &[
    "Timestamp::now",
    "Zoned::now",
    "SystemTime",
    "Instant::now",
    "std::fs",
    "std::net",
    "std::process",
    "std::env",
    "std::thread",
    "async fn",
    "async move",
    "println!",
    "eprintln!",
    "new_v4",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

fn cargo(arguments: &[&str]) -> String {
    let program = env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let output = Command::new(program).args(arguments).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "cargo {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn dependencies_point_one_way() {
    let metadata: Value =
        serde_json::from_str(&cargo(&["metadata", "--no-deps", "--offline", "--format-version", "1"])).unwrap();
    let names = |package: &Value| -> BTreeSet<String> {
        let all = package["dependencies"].as_array().into_iter().flatten();
        all.filter_map(|d| d["name"].as_str()).filter(|name| name.starts_with("verdigris")).map(str::to_owned).collect()
    };
    let packages = metadata["packages"].as_array().unwrap();
    let found: BTreeMap<&str, BTreeSet<String>> =
        packages.iter().map(|package| (package["name"].as_str().unwrap(), names(package))).collect();
    let known: BTreeSet<&str> = DIRECTION.iter().map(|(name, _)| *name).collect();
    assert_eq!(found.keys().copied().collect::<BTreeSet<_>>(), known, "every crate of the workspace has its line here");
    for (name, allowed) in DIRECTION {
        for dependency in &found[name] {
            assert!(allowed.contains(&dependency.as_str()), "{name} must not depend on {dependency}");
        }
    }
}

#[test]
fn the_core_depends_on_nothing_that_does_io() {
    let tree =
        cargo(&["tree", "--offline", "-e", "normal", "-p", "verdigris-core", "--prefix", "none", "--format", "{p}"]);
    let below: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(below.contains("verdigris-crds"), "cargo tree was not understood: {tree}");
    let impure: Vec<_> = IMPURE.iter().filter(|name| below.contains(*name)).collect();
    assert!(
        impure.is_empty(),
        "verdigris-core is pure, but below it are {impure:?}: see `cargo tree -e normal -p verdigris-core -i NAME`"
    );
}

#[test]
fn the_core_says_nothing_that_does_io() {
    for file in rust_files(&root().join("operator/core/src")) {
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let said = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in said {
            let found = IMPURE_WORDS.iter().find(|word| line.contains(*word));
            assert!(found.is_none(), "{}: the core is pure, but says `{}`", file.display(), line.trim());
        }
    }
}

#[test]
fn files_are_short_and_say_what_they_are_for() {
    let mut wrong = Vec::new();
    let mut files = 0;
    for folder in ["crds", "operator", "e2e"] {
        for file in rust_files(&root().join(folder)) {
            files += 1;
            let text = fs::read_to_string(&file).unwrap();
            let name = file.strip_prefix(root()).unwrap().display().to_string();
            let lines = text.lines().count();
            if lines > LINES {
                wrong.push(format!("{name}: {lines} lines, at most {LINES}: split it by purpose"));
            }
            if !text.starts_with("//! ") {
                wrong.push(format!("{name}: no module doc (`//! …`) on top that says what the room is for"));
            }
        }
    }
    assert!(files > 20, "only {files} files were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    for folder in ["crds", "operator", "operator/core"] {
        let manifest = fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
        assert!(manifest.contains("[lints]\nworkspace = true"), "{folder}/Cargo.toml: no `[lints] workspace = true`");
    }
    let workspace = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    for lint in ["unwrap_used", "expect_used", "indexing_slicing", "panic", "too_many_lines"] {
        assert!(workspace.contains(&format!("{lint} = \"deny\"")), "Cargo.toml no longer denies {lint}");
    }
}

#[test]
fn versions_are_pinned_in_one_place() {
    for folder in ["crds", "operator", "operator/core", "e2e"] {
        let manifest = fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
        let dependencies =
            manifest.split("dependencies]").skip(1).flat_map(|part| part.split("\n[").next()).flat_map(str::lines);
        for line in dependencies.filter(|line| line.contains('=') && !line.starts_with('#')) {
            assert!(
                line.contains("workspace = true"),
                "{folder}/Cargo.toml: `{line}` belongs in the workspace's Cargo.toml"
            );
        }
    }
}

/// A change of code that a story must catch is worth nothing once it no longer fits the code.
#[test]
fn every_mutation_applies() {
    let folder = root().join("e2e/mutations");
    let patches: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "patch"))
        .collect();
    assert!(!patches.is_empty(), "no patch in {}", folder.display());
    for patch in patches {
        let applies = Command::new("git").args(["apply", "--check"]).arg(&patch).current_dir(root()).output().unwrap();
        let said = String::from_utf8_lossy(&applies.stderr).into_owned();
        assert!(applies.status.success(), "{} does not fit the code any more: {said}", patch.display());
    }
}

/// Every `.rs` file below `folder`, but what is built or fetched (folders that begin with a dot, `target`).
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !name.starts_with('.') && name != "target" {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}
