//! The page of the docs that says what was explored and found.
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use verdigris_core::switchover::Step;

use crate::call::Call;
use crate::defects::Defect;
use crate::scenario::Scenario;
use crate::search::Found;
use crate::server::Statement;
use crate::steps::Known;

const FAULTS: [&str; 7] = ["operator dies", "blue dies", "green dies", "too slow", "not sent", "reply lost", "delayed"];

const HEAD: &str = "# What was explored

<!-- Written by `UPDATE=1 cargo test -p verdigris-core --test exploration`; not by hand. -->

A small world of two databases, a Service, operators and clients, in which the code that runs in production decides, and in which anything can
go wrong between any two messages: a process dies, freezes or is overtaken, a message is lost, late, or its answer is, a server dies with
what it had not flushed, a stream is turned off, another manager moves the Service. In every state: at most one side accepts writes (I1),
every acknowledged write is durable on the side that does (I2), no row is brought twice (I3), the streams are never active together (I4),
and nobody acts with an old epoch (I6). From every state, if nothing goes wrong any more, some way leads to rest: one writer, the Service at
it, everything carried, and nothing left over (I8, I9).

A look of an operator is one moment here, and what recovery sweeps from a side is one message.
Not in this world: failovers and restores, physical standbys, movers, several databases, poolers, and what SQL itself may get wrong. The
statements that the model stands for are tried on real servers by the integration tests, and killed at every step there; the model's own
ways are not yet gone on real servers.
";

/// What could happen at a step and never did.
pub fn gaps(explored: &[(Scenario, Found)]) -> Vec<String> {
    let times = times(explored);
    let missing = |step: &'static str, fault: &&&'static str| !times.contains_key(&(step.to_owned(), **fault));
    let possible = |fault: &&str, step: Step| possible(step, fault);
    let steps = Step::ALL.iter().copied().filter(|step| happens(*step));
    steps
        .flat_map(|step| {
            let missed = FAULTS.iter().filter(move |fault| possible(fault, step));
            missed
                .filter(|fault| missing(step.as_str(), fault))
                .map(|fault| format!("{step}: {fault}"))
                .collect::<Vec<_>>()
        })
        .collect()
}

fn times(explored: &[(Scenario, Found)]) -> BTreeMap<(String, &'static str), usize> {
    let mut all = BTreeMap::new();
    for ((step, what), times) in explored.iter().flat_map(|(_, found)| &found.covered) {
        *all.entry((step.clone(), *what)).or_default() += times;
    }
    all
}

/// The step has messages in this world. `Reopen` has too, but only standbys call for it.
fn happens(step: Step) -> bool {
    step == Step::Claim || (step != Step::Reopen && !calls(step).is_empty())
}

fn calls(step: Step) -> Vec<Call> {
    let mut known = Known::new(0, 0);
    known.witness = Some(1);
    known.calls(step, None)
}

fn possible(step: Step, fault: &str) -> bool {
    let calls = calls(step);
    let says = |call: &Call| matches!(call, Call::Say(_, _, statement) if *statement != Statement::Hold);
    match fault {
        "reply lost" => step == Step::Claim || calls.iter().any(|call| call.mutates()),
        "delayed" => calls.iter().any(says),
        _ => true,
    }
}

/// Holds the page against its file; `UPDATE=1` writes it.
pub fn check(explored: &[(Scenario, Found)], walked: &[(Scenario, usize)], found: &[Option<(&'static str, String)>]) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/src/explored.md");
    let text = page(explored, walked, found);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == text, "{} differs from what is explored now; UPDATE=1 writes it anew", path.display());
}

fn page(
    explored: &[(Scenario, Found)],
    walked: &[(Scenario, usize)],
    found: &[Option<(&'static str, String)>],
) -> String {
    let mut text = HEAD.to_owned();
    let sum: usize = explored.iter().map(|(_, found)| found.states).sum();
    let _ =
        writeln!(text, "\n## Every state\n\n{sum} states; none breaks an invariant, and every one leads to rest.\n");
    text.push_str("| what | states | steps | at rest | longest way |\n|---|---:|---:|---:|---:|\n");
    for (scenario, found) in explored {
        let Found { states, steps, settled, depth, .. } = found;
        let _ = writeln!(text, "| {} | {states} | {steps} | {settled} | {depth} |", scenario.name);
    }
    text.push_str("\nRows of the recovery table that were decided by:");
    let mut rows = BTreeMap::<&str, usize>::new();
    for (row, times) in explored.iter().flat_map(|(_, found)| &found.rows) {
        *rows.entry(row).or_default() += times;
    }
    let rows: Vec<String> = rows.iter().map(|(row, times)| format!("{row} {times}")).collect();
    let _ = writeln!(
        text,
        " {}. Two sides that are both open, and records changed by hand, need a failover or a hand.",
        rows.join(", ")
    );
    text.push_str("\n## Walks\n\nWhere there are too many states to look at each: random, from seeds.\n\n| what | steps |\n|---|---:|\n");
    for (scenario, steps) in walked {
        let _ = writeln!(text, "| {} | {steps} |", scenario.name);
    }
    faults(&mut text, explored);
    text.push_str("\n## Defects\n\nEach piece is taken out in turn, and the exploration must say so.\n\n| what is missing | what it breaks first | found in |\n|---|---|---|\n");
    for (defect, found) in Defect::ALL.iter().zip(found) {
        let (place, what) = found.as_ref().map_or(("", ""), |(place, what)| (*place, what.as_str()));
        let _ = writeln!(text, "| {} | {what} | {place} |", defect.says());
    }
    text
}

fn faults(text: &mut String, explored: &[(Scenario, Found)]) {
    let times = times(explored);
    let _ = writeln!(
        text,
        "\n## Steps and faults\n\nHow often each happened at each step of a switchover, over all states; –: it cannot.\n"
    );
    let _ = writeln!(text, "| step | {} |\n|---|{}", FAULTS.join(" | "), "---:|".repeat(FAULTS.len()));
    for step in Step::ALL.iter().copied().filter(|step| happens(*step)) {
        let cell = |fault: &&'static str| {
            let seen = times.get(&(step.as_str().to_owned(), *fault)).copied().unwrap_or(0);
            if possible(step, fault) { seen.to_string() } else { "–".to_owned() }
        };
        let cells: Vec<String> = FAULTS.iter().map(cell).collect();
        let _ = writeln!(text, "| {step} | {} |", cells.join(" | "));
    }
}
