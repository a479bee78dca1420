//! SQL files with psql variables, filled in the way psql fills them, so that every file also runs in psql: `:'x'` is a
//! quoted literal, `:"x"` a quoted identifier, `:x` the value as it is. Nothing in here knows what a statement means.
use std::collections::HashMap;

use verdigris_core::record::Epoch;

/// A file and the values of its variables.
#[derive(Clone, Debug)]
pub struct Sql {
    text: &'static str,
    values: HashMap<&'static str, Value>,
}

#[derive(Clone, Debug)]
enum Value {
    Text(String),
    Raw(String),
}

impl Sql {
    /// A file's text.
    pub fn new(text: &'static str) -> Self {
        Self { text, values: HashMap::new() }
    }

    /// A value that is quoted, as literal or as identifier, wherever it stands.
    #[must_use]
    pub fn text(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.values.insert(name, Value::Text(value.into()));
        self
    }

    /// A number.
    #[must_use]
    pub fn number(self, name: &'static str, value: i64) -> Self {
        self.raw(name, value.to_string())
    }

    /// SQL made by us, put in as it is. Never a user's text that was not quoted.
    #[must_use]
    pub fn raw(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.values.insert(name, Value::Raw(value.into()));
        self
    }

    /// The variables `epoch` and `holder` that every guarded file begins with.
    #[must_use]
    pub fn guard(self, epoch: Epoch) -> Self {
        self.number("epoch", epoch.number).text("holder", epoch.holder.to_string())
    }

    /// The statements. A variable without a value stays as it is, so that the server refuses the whole message.
    pub fn render(&self) -> String {
        let mut out = String::with_capacity(self.text.len() + 64);
        let mut rest = self.text;
        while let Some(first) = rest.chars().next() {
            let taken = skipped(rest);
            if taken > 0 {
                push(&mut out, rest, taken);
                rest = rest.get(taken..).unwrap_or_default();
                continue;
            }
            let found = variable(rest).and_then(|(name, form, length)| Some((self.value(name, form)?, length)));
            if let Some((value, length)) = found {
                out.push_str(&value);
                rest = rest.get(length..).unwrap_or_default();
            } else {
                out.push(first);
                rest = rest.get(first.len_utf8()..).unwrap_or_default();
            }
        }
        out
    }

    fn value(&self, name: &str, form: Form) -> Option<String> {
        match (form, self.values.get(name)?) {
            (Form::Literal, Value::Text(text) | Value::Raw(text)) => Some(literal(text)),
            (Form::Identifier, Value::Text(text) | Value::Raw(text)) => Some(identifier(text)),
            (Form::Bare, Value::Raw(text)) => Some(text.clone()),
            (Form::Bare, Value::Text(_)) => None,
        }
    }
}

fn push(out: &mut String, from: &str, bytes: usize) {
    out.push_str(from.get(..bytes).unwrap_or(from));
}

#[derive(Clone, Copy)]
enum Form {
    Literal,
    Identifier,
    Bare,
}

/// Bytes at the beginning of `text` in which psql looks for no variable: quoted strings, comments, dollar quotes, `::`.
fn skipped(text: &str) -> usize {
    let until = |open: usize, close: &str| {
        text.get(open..).and_then(|tail| tail.find(close)).map_or(text.len(), |at| open + at + close.len())
    };
    if text.starts_with("::") {
        2
    } else if text.starts_with('\'') {
        until(1, "'")
    } else if text.starts_with('"') {
        until(1, "\"")
    } else if text.starts_with("$$") {
        until(2, "$$")
    } else if text.starts_with("--") {
        until(2, "\n")
    } else {
        0
    }
}

/// The variable that `text` begins with: name, form and length in bytes.
fn variable(text: &str) -> Option<(&str, Form, usize)> {
    let tail = text.strip_prefix(':')?;
    let (form, quote, body) = match tail.chars().next()? {
        '\'' => (Form::Literal, "'", tail.get(1..)?),
        '"' => (Form::Identifier, "\"", tail.get(1..)?),
        _ => (Form::Bare, "", tail),
    };
    let end = body.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(body.len());
    let name = body.get(..end).filter(|name| !name.is_empty())?;
    body.get(end..)?.starts_with(quote).then_some((name, form, 1 + 2 * quote.len() + end))
}

/// A string literal, whatever `standard_conforming_strings` says.
pub fn literal(text: &str) -> String {
    let doubled = text.replace('\'', "''");
    if text.contains('\\') { format!(" E'{}'", doubled.replace('\\', "\\\\")) } else { format!("'{doubled}'") }
}

/// A quoted identifier.
pub fn identifier(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// A quoted, schema-qualified name.
pub fn qualified(schema: &str, name: &str) -> String {
    format!("{}.{}", identifier(schema), identifier(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_variables_as_psql_does() {
        let sql =
            Sql::new("SELECT :n, :'t', :\"t\", x::int, ':t', $$ :n $$ -- :n\n").number("n", 7).text("t", "a'b\"c");
        assert_eq!(sql.render(), "SELECT 7, 'a''b\"c', \"a'b\"\"c\", x::int, ':t', $$ :n $$ -- :n\n");
    }

    #[test]
    fn text_is_never_put_in_bare_and_what_is_missing_stays() {
        assert_eq!(Sql::new("SELECT :t, :'nothing'").text("t", "1; DROP TABLE x").render(), "SELECT :t, :'nothing'");
    }

    #[test]
    fn backslashes_survive_any_setting() {
        assert_eq!(literal(r"a\'b"), r" E'a\\''b'");
    }
}
