//! What a stream met that its server turned off: where, and in which tables. What is in the rows stays where it is (I10).
use verdigris_crds::clip;

use crate::{
    fact::Fact,
    observation::{Backlog, NextTransaction, Observation, TableChanges},
};

/// Tables that a message names.
const SHOWN: usize = 3;
/// Characters of a table's name: the statement that a human has to run comes behind them, and a message is no longer than a KiB.
const NAME: usize = 70;

/// The transaction that the closed side cannot apply, or would apply next, as a half sentence.
pub fn met(obs: &Observation) -> String {
    let (open, closed) = match obs.stream.known().and_then(Option::as_ref) {
        Some(stream) => (stream.into.other().lower(), stream.into.lower()),
        None => return "what it met was not looked at".to_owned(),
    };
    match &obs.backlog {
        Fact::Known(Some(Backlog { next: Some(next), .. })) => {
            format!(
                "the first transaction of {open} that {closed} lacks finished at {} and changes {}",
                next.finished,
                tables(next)
            )
        }
        Fact::Known(Some(Backlog { next: None, complete: true, .. })) => {
            format!("the slot on {open} holds nothing that {closed} lacks")
        }
        Fact::Known(Some(Backlog { next: None, complete: false, .. })) => {
            format!("what it met is further on in the slot on {open} than one look reads")
        }
        Fact::Known(None) => "what it met was not looked at".to_owned(),
        Fact::Unknown(problem) => format!("what it met could not be read from the slot on {open} ({})", problem.reason),
    }
}

fn tables(next: &NextTransaction) -> String {
    let short = |changes: &TableChanges| TableChanges { table: clip(&changes.table, NAME), ..changes.clone() };
    let named: Vec<String> = next.tables.iter().take(SHOWN).map(|changes| short(changes).to_string()).collect();
    match next.tables.len() {
        0 => "no table but our own".to_owned(),
        n if n > SHOWN => format!("{} and {} more tables", named.join(", "), n - SHOWN),
        _ => named.join(", "),
    }
}
