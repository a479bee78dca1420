//! How names get into messages, SQL, shell commands and YAML: exact where they are run, harmless where they are read.
use std::{collections::BTreeMap, fmt::Write as _};

use verdigris_crds::Side;

/// A name as it stands in a message: control characters shown, never more than one line.
pub(super) fn show(name: &str) -> String {
    name.chars().flat_map(|c| if c.is_control() { c.escape_default().collect::<Vec<_>>() } else { vec![c] }).collect()
}

/// With a capital letter, as a sentence begins.
pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// A quoted SQL identifier.
pub(super) fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A qualified SQL identifier.
pub(super) fn qualified(schema: &str, name: &str) -> String {
    format!("{}.{}", ident(schema), ident(name))
}

/// A SQL literal that means the same whatever `standard_conforming_strings` says.
pub(super) fn literal(value: &str) -> String {
    let quoted = value.replace('\'', "''");
    if quoted.contains('\\') { format!("E'{}'", quoted.replace('\\', "\\\\")) } else { format!("'{quoted}'") }
}

/// SQL to run in one database of one side.
pub(super) fn sql(side: Side, database: &str, statements: &str) -> String {
    format!("-- on {}, in database {}\n{statements}", side.lower(), show(database))
}

/// SQL to run on one side, in any database.
pub(super) fn server_sql(side: Side, statements: &str) -> String {
    format!("-- on {}\n{statements}", side.lower())
}

/// A string as YAML (JSON strings are YAML).
pub(super) fn yaml(value: &str) -> String {
    serde_json::Value::from(value).to_string()
}

/// Labels as one line of YAML.
pub(super) fn labels(labels: &BTreeMap<String, String>) -> String {
    let pairs: Vec<_> = labels.iter().map(|(key, value)| format!("{}: {}", yaml(key), yaml(value))).collect();
    format!("{{{}}}", pairs.join(", "))
}

/// Labels as kubectl's `--selector` takes them.
pub(super) fn selector(labels: &BTreeMap<String, String>) -> String {
    labels.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
}

/// Bytes, rounded, with a binary unit.
pub(super) fn size(bytes: i64) -> String {
    const UNITS: [(&str, i64); 4] = [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    let unit = UNITS.iter().find(|(_, scale)| bytes >= *scale);
    unit.map_or_else(|| format!("{bytes} bytes"), |(name, scale)| format!("{} {name}", bytes / scale))
}

/// At most `limit` names, and how many more there are.
pub(super) fn list(names: &[String], limit: usize) -> String {
    let mut text = names.iter().take(limit).map(|name| show(name)).collect::<Vec<_>>().join(", ");
    if names.len() > limit {
        let _ = write!(text, " and {} more", names.len() - limit);
    }
    text
}
