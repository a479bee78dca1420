//! On a cluster that is not this repository's the demo changes nothing before it knows that it takes over nothing of anybody else's.
//!
//! kubectl and helm are stand-ins that write down what they are asked; there is no cluster.
use std::{fmt::Write as _, fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

const NO_RELEASE: (&str, &str) = ("helm list", "[]");
const NO_DEFINITION: (&str, &str) = ("get crd", "");
const NO_NAMESPACE: (&str, &str) = ("get namespace shop", "");
const DEFINITION: (&str, &str) =
    ("get crd", "customresourcedefinition.apiextensions.k8s.io/databasemigrations.verdigris.dev");

/// What became of a demo.
struct Outcome {
    /// What it said.
    said: String,
    /// What it asked of kubectl and helm, in order.
    asked: Vec<String>,
}

impl Outcome {
    /// It ended before it changed anything, and said why.
    fn refused(&self, why: &str) {
        assert!(self.said.contains(why), "{why:?} is not in: {}", self.said);
        assert!(self.said.contains("Nothing was changed"), "{}", self.said);
        assert!(!self.asked.is_empty(), "nothing was looked at");
        let changes: Vec<_> = self.asked.iter().filter(|line| !reads(line)).collect();
        assert!(changes.is_empty(), "it changed the cluster: {changes:?}");
    }

    /// It went on to the first change: the installation, which the stand-in does not do.
    fn went_on(&self) {
        let changes: Vec<_> = self.asked.iter().filter(|line| !reads(line)).collect();
        assert!(changes.len() == 1 && changes[0].starts_with("helm upgrade --install verdigris "), "{:?}", self.asked);
        assert!(changes[0].contains(" --labels verdigris.dev/made-by=e2e"), "{changes:?}");
    }
}

fn reads(line: &str) -> bool {
    let words: Vec<_> = line.split_whitespace().collect();
    match words.as_slice() {
        ["helm", verb, ..] => ["list", "status"].contains(verb),
        ["kubectl", "--namespace", _, verb, ..] => *verb == "get",
        _ => false,
    }
}

/// Runs the demo with stand-ins that give these answers: each is a part of a command line and what it prints. Anything else fails.
fn demo(name: &str, answers: &[(&str, &str)]) -> Outcome {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("foreign-{name}"));
    fs::remove_dir_all(&folder).ok();
    fs::create_dir_all(&folder).unwrap();
    let asked = folder.join("asked");
    fs::write(&asked, "").unwrap();
    let mut script =
        format!("#!/bin/sh\nline=\"${{0##*/}} $*\"\necho \"$line\" >> '{}'\ncase $line in\n", asked.display());
    for (part, answer) in answers {
        writeln!(script, "*'{part}'*) printf '%s' '{answer}'; exit;;").unwrap();
    }
    script.push_str("esac\necho \"the stand-in does not do that: $line\" >&2\nexit 1\n");
    for program in ["kubectl", "helm"] {
        let path = folder.join(program);
        fs::write(&path, &script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let output = Command::new(env!("CARGO_BIN_EXE_demo"))
        .env("PATH", format!("{}:/usr/bin:/bin", folder.display()))
        .env("VERDIGRIS_KUBECONFIG", "/somewhere/else")
        .env("VERDIGRIS_E2E_INSIDE", "1")
        .env_remove("DEMO_NAMESPACE")
        .output()
        .unwrap();
    assert!(!output.status.success(), "the stand-ins cannot carry a demo");
    Outcome {
        said: String::from_utf8_lossy(&output.stderr).into_owned(),
        asked: fs::read_to_string(&asked).unwrap().lines().map(str::to_owned).collect(),
    }
}

#[test]
fn a_namespace_that_no_demo_made_is_refused() {
    for labels in ["", r#""labels":{"team":"shop"}"#, r#""labels":{"verdigris.dev/made-by":"somebody"}"#] {
        let namespace = format!(r#"{{"metadata":{{{labels}}}}}"#);
        demo("namespace", &[("get namespace shop", &namespace), NO_RELEASE, NO_DEFINITION])
            .refused("namespace shop exists");
    }
}

#[test]
fn a_namespace_that_cannot_be_read_is_refused() {
    let outcome = demo("unread", &[NO_RELEASE, NO_DEFINITION]);
    assert!(outcome.said.contains("does not do that: kubectl --namespace shop get namespace shop"), "{}", outcome.said);
    assert!(outcome.asked.iter().all(|line| reads(line)), "{:?}", outcome.asked);
}

#[test]
fn a_release_that_was_not_made_here_is_refused() {
    let theirs = ("--selector verdigris.dev/made-by!=e2e", r#"[{"name":"verdigris","namespace":"verdigris-system"}]"#);
    demo("release", &[NO_NAMESPACE, theirs, NO_DEFINITION]).refused("the Helm release verdigris");
}

#[test]
fn a_cluster_with_migrations_of_somebody_else_is_refused() {
    let used = ("get databasemigrations.verdigris.dev --all-namespaces", "orders story-rollback-1a2b");
    let ours = ("get namespaces -l verdigris.dev/made-by=e2e", "story-rollback-1a2b");
    demo("migrations", &[NO_NAMESPACE, NO_RELEASE, DEFINITION, used, ours]).refused(r#"in {"orders"}"#);
}

#[test]
fn what_an_earlier_demo_left_is_taken_over() {
    let namespace = r#"{"metadata":{"labels":{"verdigris.dev/made-by":"e2e"}}}"#;
    let used = ("get databasemigrations.verdigris.dev --all-namespaces", "shop");
    let ours = ("get namespaces -l verdigris.dev/made-by=e2e", "shop");
    demo("earlier", &[("get namespace shop", namespace), NO_RELEASE, DEFINITION, used, ours]).went_on();
}

#[test]
fn an_empty_cluster_is_used() {
    demo("empty", &[NO_NAMESPACE, NO_RELEASE, NO_DEFINITION]).went_on();
}
