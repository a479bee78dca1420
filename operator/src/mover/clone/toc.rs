//! The table of contents of an archive, as `pg_restore --list --verbose` prints it: what can be made in parallel, and what
//! keeps its place in line.
use std::collections::{BTreeMap, BTreeSet};

/// What an entry makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Primary key, unique or exclusion constraint.
    Key,
    /// Index.
    Index,
    /// Index of a partition, attached to its parent's.
    Attach,
    /// Foreign key, validated as it is made.
    ForeignKey,
    /// Everything else, and whatever depends on it: in the order of the archive.
    Other,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Number in the archive.
    pub id: i64,
    /// What it makes.
    pub kind: Kind,
    /// Type, schema, name and owner as printed; for display.
    pub name: String,
}

/// Entries of `list` in its order, without those whose printed line `skip` says to leave out; `verbose` says of every entry
/// of the archive what it depends on.
pub fn parse(list: &str, verbose: &str, skip: impl Fn(&str) -> bool) -> Vec<Entry> {
    let needs = dependencies(verbose);
    let mut line: BTreeSet<i64> = BTreeSet::new();
    let mut entries: Vec<Entry> = list.lines().filter_map(entry).collect();
    for entry in &mut entries {
        let after = needs.get(&entry.id).is_some_and(|ids| ids.iter().any(|id| line.contains(id)));
        if after || entry.kind == Kind::Other {
            entry.kind = Kind::Other;
            line.insert(entry.id);
        }
    }
    entries.retain(|entry| !skip(&entry.name));
    entries
}

fn dependencies(verbose: &str) -> BTreeMap<i64, Vec<i64>> {
    let mut all: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    let mut last = None;
    for line in verbose.lines() {
        if let Some(needs) = line.strip_prefix(";\tdepends on:") {
            if let Some(id) = last {
                all.entry(id).or_default().extend(needs.split_whitespace().filter_map(|id| id.parse::<i64>().ok()));
            }
        } else if let Some(entry) = entry(line) {
            last = Some(entry.id);
        }
    }
    all
}

/// `id; catalog oid TYPE schema name owner`.
fn entry(line: &str) -> Option<Entry> {
    let (id, rest) = line.split_once("; ")?;
    let id = id.parse().ok()?;
    let name = rest.splitn(3, ' ').nth(2)?;
    let kind = [
        ("FK CONSTRAINT ", Kind::ForeignKey),
        ("INDEX ATTACH ", Kind::Attach),
        ("CONSTRAINT ", Kind::Key),
        ("INDEX ", Kind::Index),
    ]
    .into_iter()
    .find_map(|(word, kind)| name.starts_with(word).then_some(kind))
    .unwrap_or(Kind::Other);
    Some(Entry { id, kind, name: name.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_depends_on_something_in_line_stands_in_line() {
        let verbose = ";\n; Archive created at\n;\n8; 1 2 SCHEMA - s postgres\n3300; 2606 16400 CONSTRAINT public a a_pkey postgres\n;\tdepends on: 215\n\
            220; 1259 16500 MATERIALIZED VIEW public m postgres\n;\tdepends on: 3300 215\n3301; 1259 16501 INDEX public m_i postgres\n\
            ;\tdepends on: 220\n3302; 2606 16402 FK CONSTRAINT public b \"b c\" postgres\n;\tdepends on: 3300\n9; 0 0 PUBLICATION - ours x\n";
        let list: Vec<&str> =
            verbose.lines().filter(|line| !line.contains("depends") && !line.contains("SCHEMA")).collect();
        let entries = parse(&list.join("\n"), verbose, |name| name.starts_with("PUBLICATION - ours"));
        let kinds: Vec<_> = entries.iter().map(|e| (e.id, e.kind)).collect();
        assert_eq!(kinds, [(3300, Kind::Key), (220, Kind::Other), (3301, Kind::Other), (3302, Kind::ForeignKey)]);
    }
}
