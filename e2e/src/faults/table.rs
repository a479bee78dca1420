//! What came of each cell: a line as it happens, the same as a file, and the matrix as Markdown.
use std::{collections::BTreeMap, fmt, fmt::Write as _, time::Duration};

use super::{Cell, Fault};

/// What came of one cell whose fault was made.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Whether it struck on the way back.
    pub back: bool,
    /// How it was seen that the fault was there.
    pub proof: String,
    /// Where the run rested.
    pub rest: String,
    /// Longest time without any acknowledged write, from before the switchover to after the fault.
    pub gap: Duration,
    /// Writes acknowledged since this blue began, all of them looked for on both sides; none was lost, doubled or different.
    pub acknowledged: usize,
}

/// One cell and what came of it.
#[derive(Clone, Debug)]
pub struct Row {
    /// Where, and what.
    pub cell: Cell,
    /// What came of it, or why it failed.
    pub outcome: Result<Outcome, String>,
    /// Time of the whole cell, a clone included where one was needed.
    pub took: Duration,
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\t{}\t", self.cell.point, self.cell.fault)?;
        match &self.outcome {
            Ok(o) => write!(
                f,
                "{}\t{}\t{}\t{}\tacknowledged {}, lost 0, duplicated 0, divergent 0",
                if o.back { "back" } else { "there" },
                o.proof,
                o.rest,
                o.gap.as_millis(),
                o.acknowledged
            )?,
            Err(why) => write!(f, "FAILED\t{}\t-\t-\t-", why.replace(['\n', '\t'], " "))?,
        }
        write!(f, "\t{}", self.took.as_secs())
    }
}

impl Row {
    /// A cell that passed, from its line in a table with tabs; `None` for any other line.
    pub fn parse(line: &str) -> Option<Self> {
        let mut words = line.split('\t');
        let mut word = || words.next();
        let cell = Cell { point: word()?.to_owned(), fault: Fault::parse(word()?)? };
        let back = match word()? {
            "back" => true,
            "there" => false,
            _ => return None,
        };
        let (proof, rest) = (word()?.to_owned(), word()?.to_owned());
        let gap = Duration::from_millis(word()?.parse().ok()?);
        let acknowledged = word()?.split([' ', ',']).nth(1)?.parse().ok()?;
        let took = Duration::from_secs(word()?.parse().ok()?);
        Some(Self { cell, outcome: Ok(Outcome { back, proof, rest, gap, acknowledged }), took })
    }
}

/// All rows as a table with tabs.
pub fn tsv(rows: &[Row]) -> String {
    let mut text = String::from("point\tfault\tway\tseen\trest\tgap ms\tledger\tseconds\n");
    for row in rows {
        let _ = writeln!(text, "{row}");
    }
    text
}

/// The matrix: a row for each point, a column for each fault; in a cell where the run rested and the write gap in milliseconds.
pub fn markdown(points: &[String], rows: &[Row]) -> String {
    let all: BTreeMap<(&str, Fault), &Row> =
        rows.iter().map(|row| ((row.cell.point.as_str(), row.cell.fault), row)).collect();
    let mut text = String::from("| at |");
    for fault in Fault::ALL {
        let _ = write!(text, " {fault} |");
    }
    let _ = write!(text, "\n|---|{}\n", "---|".repeat(Fault::ALL.len()));
    for point in points {
        let _ = write!(text, "| `{point}` |");
        for fault in Fault::ALL {
            let word = if super::needs_a_pooler(point) {
                "needs a pooler".to_owned()
            } else {
                all.get(&(point.as_str(), fault)).map_or_else(|| "not run".to_owned(), |row| word(row))
            };
            let _ = write!(text, " {word} |");
        }
        text.push('\n');
    }
    text
}

fn word(row: &Row) -> String {
    match &row.outcome {
        Ok(o) => format!("{} {} {}", if o.back { "←" } else { "→" }, o.rest, o.gap.as_millis()),
        Err(_) => "**FAILED**".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_it_was_written() {
        let outcome = Outcome {
            back: true,
            proof: "7 packets dropped, 7086 ms".into(),
            rest: "RolledBack".into(),
            gap: Duration::from_millis(653),
            acknowledged: 3051,
        };
        let cell = Cell { point: "close.sent".into(), fault: Fault::SidesCut };
        let row = Row { cell, outcome: Ok(outcome), took: Duration::from_secs(12) };
        assert_eq!(Row::parse(&row.to_string()).map(|row| row.to_string()), Some(row.to_string()));
        let failed = Row { outcome: Err("lost 1".into()), ..row };
        assert!(Row::parse(&failed.to_string()).is_none(), "it is run again");
    }
}
