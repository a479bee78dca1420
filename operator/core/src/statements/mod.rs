//! Splits a file of SQL into statements as PostgreSQL's own lexer reads it, without parsing them: quotes, dollar quotes,
//! nested comments, bodies in `BEGIN ATOMIC … END`. What only psql understands is refused by name.
mod lexer;

use lexer::{Lexer, Token};

/// One statement, without its semicolon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement<'a> {
    /// Its text, from the first word on.
    pub text: &'a str,
    /// Line of the file on which it begins, from 1.
    pub line: usize,
}

/// Why a file cannot be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A command of psql's.
    #[error("line {line}: {command} is a command of psql, not SQL")]
    PsqlCommand {
        /// Line of the file.
        line: usize,
        /// Its name.
        command: String,
    },
    /// A quote or comment that does not end.
    #[error("line {line}: {what} does not end")]
    Unterminated {
        /// Line on which it begins.
        line: usize,
        /// What does not end.
        what: &'static str,
    },
    /// `COPY` from or to the client: there is none.
    #[error("line {line}: COPY has no client to read from or write to here; use INSERT or SELECT")]
    CopyStream {
        /// Line of the file.
        line: usize,
    },
    /// `PREPARE TRANSACTION`: what it leaves behind has passed the gate and can be committed on a closed green at any time.
    #[error(
        "line {line}: PREPARE TRANSACTION leaves behind a transaction that can write on a closed green later; take it out"
    )]
    PrepareTransaction {
        /// Line of the file.
        line: usize,
    },
    /// Transaction control in a file that runs in one transaction.
    #[error(
        "line {line}: {word} in a file that runs in one transaction; take it out, or put `-- verdigris: no-transaction` on top"
    )]
    TransactionControl {
        /// Line of the file.
        line: usize,
        /// The command.
        word: String,
    },
}

impl Refusal {
    /// Line of the file.
    pub fn line(&self) -> usize {
        match self {
            Self::PsqlCommand { line, .. }
            | Self::Unterminated { line, .. }
            | Self::CopyStream { line }
            | Self::PrepareTransaction { line }
            | Self::TransactionControl { line, .. } => *line,
        }
    }

    /// Stable word.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::PsqlCommand { .. } => "PsqlCommand",
            Self::Unterminated { .. } => "UnterminatedSql",
            Self::CopyStream { .. } => "CopyStream",
            Self::PrepareTransaction { .. } => "PrepareTransaction",
            Self::TransactionControl { .. } => "TransactionControl",
        }
    }
}

/// Whether the file asks, in its first comment lines, to run outside of a transaction.
pub fn without_transaction(sql: &str) -> bool {
    sql.lines()
        .map(str::trim)
        .take_while(|line| line.is_empty() || line.starts_with("--"))
        .any(|line| line.trim_start_matches('-').split_whitespace().eq(["verdigris:", "no-transaction"]))
}

/// Line, from 1, of the character `position` (from 1, as servers count) of a statement that begins on `line`.
pub fn line_of(statement: &Statement<'_>, position: usize) -> usize {
    statement.line + statement.text.chars().take(position.saturating_sub(1)).filter(|c| *c == '\n').count()
}

/// Splits a file. `transaction`: it runs in one, so statements that end it are refused.
pub fn split(sql: &str, transaction: bool) -> Result<Vec<Statement<'_>>, Refusal> {
    let mut lexer = Lexer::new(sql);
    let mut statements = Vec::new();
    while let Some(statement) = lexer.statement()? {
        check(&statement, transaction)?;
        statements.push(statement);
    }
    Ok(statements)
}

fn check(statement: &Statement<'_>, transaction: bool) -> Result<(), Refusal> {
    let line = statement.line;
    let words = words(statement.text);
    let word = |at: usize| words.get(at).map(String::as_str);
    if word(0) == Some("COPY") && words.windows(2).any(|pair| pair == ["FROM", "STDIN"] || pair == ["TO", "STDOUT"]) {
        return Err(Refusal::CopyStream { line });
    }
    if (word(0), word(1)) == (Some("PREPARE"), Some("TRANSACTION")) {
        return Err(Refusal::PrepareTransaction { line });
    }
    let ends = match (word(0), word(1)) {
        (Some("BEGIN" | "COMMIT" | "END" | "ABORT"), _) | (Some("START"), Some("TRANSACTION")) => true,
        (Some("ROLLBACK"), _) => !words.iter().any(|word| word == "TO"),
        _ => false,
    };
    if ends && transaction {
        return Err(Refusal::TransactionControl { line, word: word(0).unwrap_or_default().into() });
    }
    Ok(())
}

/// Words of a statement outside of quotes and comments, in capitals.
fn words(text: &str) -> Vec<String> {
    let mut lexer = Lexer::new(text);
    let mut words = Vec::new();
    while let Ok(Some(token)) = lexer.token() {
        if let Token::Word(word) = token {
            words.push(word.to_ascii_uppercase());
        }
    }
    words
}

#[cfg(test)]
mod tests;
