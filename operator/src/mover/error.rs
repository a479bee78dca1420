//! What goes wrong in a mover, and whether it may pass by itself. Messages never quote the server: its words can hold row
//! content, so they go to `verdigris.note` and nowhere else (I10).
use tokio_postgres::error::SqlState;
use verdigris_core::fact::Problem;

use crate::postgres::error::Reason;

/// Everything that can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A server refused a statement, or the connection broke.
    #[error("{doing}: {}", brief(.source))]
    Database {
        /// What we were doing, with the object's name.
        doing: String,
        /// The cause; its words stay inside the database.
        source: tokio_postgres::Error,
    },
    /// A program of PostgreSQL's could not be run, or failed.
    #[error("{program}: {message}")]
    Tool {
        /// Its name.
        program: String,
        /// Exit status; its own words go to `verdigris.note`.
        message: String,
        /// What it wrote to stderr.
        stderr: String,
    },
    /// A file or a socket.
    #[error("{doing}: {source}")]
    Io {
        /// What we were doing.
        doing: String,
        /// The cause.
        source: std::io::Error,
    },
    /// Something that we looked for and did not find as it must be.
    #[error("{}: {}", .0.reason, .0.message)]
    Problem(Problem),
}

/// SQLSTATE and names of objects: all that may be said outside the database.
pub fn brief(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        None => "the connection failed".into(),
        Some(db) => {
            let mut text = format!("SQLSTATE {}", db.code().code());
            for (word, name) in [
                ("schema", db.schema()),
                ("table", db.table()),
                ("column", db.column()),
                ("data type", db.datatype()),
                ("constraint", db.constraint()),
            ] {
                if let Some(name) = name {
                    text.extend([", ", word, " ", name]);
                }
            }
            text
        }
    }
}

impl Error {
    /// Green is retired: what a mover still did would come after everything was put back.
    pub fn run_over() -> Self {
        Self::permanent("RunOver", "the run is over and green is retired: there is nothing left to do for a mover")
    }

    /// A lasting problem.
    pub fn permanent(reason: &str, message: impl Into<String>) -> Self {
        Self::Problem(Problem::permanent(reason, message))
    }

    /// A problem that may pass.
    pub fn transient(reason: &str, message: impl Into<String>) -> Self {
        Self::Problem(Problem::transient(reason, message))
    }

    /// The SQLSTATE, if a server sent one.
    pub fn sqlstate(&self) -> Option<&SqlState> {
        match self {
            Self::Database { source, .. } => source.code(),
            _ => None,
        }
    }

    /// What a server or a program said, for `verdigris.note`.
    pub fn words(&self) -> Option<String> {
        match self {
            Self::Database { source, .. } => source.as_db_error().map(|db| {
                [Some(db.message()), db.detail(), db.hint(), db.where_()]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>()
                    .join("\n")
            }),
            Self::Tool { stderr, .. } => Some(stderr.clone()),
            Self::Io { .. } | Self::Problem(_) => None,
        }
    }

    /// As it is recorded: reason, message and whether a mover should try again.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Problem(problem) => problem.clone(),
            Self::Io { .. } => Problem::transient("MoverIo", format!("{self}; the mover tries again")),
            Self::Tool { program, .. } => Problem::permanent(
                "SchemaToolFailed",
                format!(
                    "{program} failed; what it said is in verdigris.note. Mend the cause, then start the clone again"
                ),
            ),
            Self::Database { doing, source } => classify(doing, source),
        }
    }
}

fn classify(doing: &str, source: &tokio_postgres::Error) -> Problem {
    let said = brief(source);
    let Some(code) = source.code() else { return connection(doing, source) };
    let class = code.code().get(..2).unwrap_or_default();
    let note = "the server's own words are in verdigris.note";
    match (code, class) {
        // Lasting: a copy that is tried again costs blue a whole reading of it, and ends at the same place.
        (&SqlState::DISK_FULL, _) => Problem::permanent(
            "DiskFull",
            format!("{doing}: no space is left on that server's disk ({said}). Give it a larger volume."),
        ),
        (&SqlState::INVALID_PASSWORD | &SqlState::INVALID_AUTHORIZATION_SPECIFICATION, _) => Problem::permanent(
            "LoginFailed",
            format!(
                "{doing}: login refused ({said}); check the admin Secret, and that pg_hba.conf lets movers in from the pods of this namespace"
            ),
        ),
        (&SqlState::UNTRANSLATABLE_CHARACTER | &SqlState::CHARACTER_NOT_IN_REPERTOIRE, _) => Problem::permanent(
            "EncodingFailed",
            format!("{doing}: a value does not fit the other side's encoding ({said}); {note}"),
        ),
        (&SqlState::UNDEFINED_FILE, _) => Problem::permanent(
            "ExtensionMissing",
            format!("{doing}: green's image lacks an extension or library ({said}); {note}; use an image that has it"),
        ),
        (_, "08" | "40" | "53" | "55" | "57" | "58") => {
            Problem::transient("ServerBusy", format!("{doing}: {said}; the mover tries again"))
        }
        _ => Problem::permanent("StatementFailed", format!("{doing}: {said}; {note}")),
    }
}

/// No answer of a server: it could not be reached, or the connection broke.
fn connection(doing: &str, source: &tokio_postgres::Error) -> Problem {
    if source.is_closed() || !source.to_string().starts_with("error connecting") {
        return Problem::transient("ConnectionLost", format!("{doing}: {}; the mover tries again", brief(source)));
    }
    let reason = Reason::of_connecting(source);
    let text = format!("{doing}: {}; the mover tries again. {}", reason.says(), reason.remedy());
    Problem::transient(reason.as_str(), text)
}

/// Adds what we were doing.
pub trait Doing<T> {
    /// Says what was being done, for messages.
    fn doing(self, what: &str) -> Result<T, Error>;
}

impl<T> Doing<T> for Result<T, tokio_postgres::Error> {
    fn doing(self, what: &str) -> Result<T, Error> {
        self.map_err(|source| Error::Database { doing: what.into(), source })
    }
}

impl<T> Doing<T> for Result<T, std::io::Error> {
    fn doing(self, what: &str) -> Result<T, Error> {
        self.map_err(|source| Error::Io { doing: what.into(), source })
    }
}
