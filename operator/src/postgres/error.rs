//! What can go wrong between us and a server, with reasons that stay the same. A message says what, where and what to
//! do; it never holds the server's words, for they can hold row content or secrets (I10): those go to `verdigris.note`.
use tokio_postgres::error::{DbError, SqlState};
use verdigris_core::fact::Problem;
use verdigris_crds::Side;

pub use reason::Reason;

#[path = "reason.rs"]
mod reason;

/// Where something was said or tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Side of the migration.
    pub side: Side,
    /// Host as it was given.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Database.
    pub database: String,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({}:{}, database {})", self.side.lower(), self.host, self.port, self.database)
    }
}

/// Whether what was asked for has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The server refused: nothing happened.
    Refused,
    /// Nobody knows: the answer was lost or did not come in time. Neither success nor failure.
    Unknown,
}

/// A call that did not succeed.
#[derive(Clone, thiserror::Error)]
#[error("{place}: {what}: {}", reason.as_str())]
pub struct Error {
    /// Stable reason.
    pub reason: Reason,
    /// Whether it may have happened all the same.
    pub outcome: Outcome,
    /// Where.
    pub place: Box<Place>,
    /// What was being done, in words of ours.
    pub what: String,
    /// SQLSTATE, where the server gave one.
    pub sqlstate: Option<String>,
    /// Names of objects that the server gave: schema, table, column, constraint.
    pub object: Option<String>,
    server: Option<String>,
}

impl Error {
    /// A condition of ours that does not hold; nothing was changed.
    pub fn condition(place: &Place, reason: Reason, what: impl Into<String>) -> Self {
        Self {
            reason,
            outcome: Outcome::Refused,
            place: Box::new(place.clone()),
            what: what.into(),
            sqlstate: None,
            object: None,
            server: None,
        }
    }

    /// Our own deadline passed before the answer came.
    pub fn timeout(place: &Place, what: impl Into<String>) -> Self {
        Self { outcome: Outcome::Unknown, ..Self::condition(place, Reason::ClientTimeout, what) }
    }

    /// From the client library, while a call was under way.
    pub fn call(place: &Place, what: impl Into<String>, error: &tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            Some(db) => Self::refused(place, what, db),
            // A value of ours that does not fit the statement: it was never sent.
            None if error.to_string().starts_with("error serializing") => {
                Self { server: Some(error.to_string()), ..Self::condition(place, Reason::Unexpected, what) }
            }
            None => Self {
                outcome: Outcome::Unknown,
                server: Some(error.to_string()),
                ..Self::condition(place, Reason::ReplyLost, what)
            },
        }
    }

    /// From the client library, while connecting: whatever it was, nothing happened.
    pub fn connecting(place: &Place, error: &tokio_postgres::Error) -> Self {
        let what = "cannot connect";
        match error.as_db_error() {
            Some(db) => Self { outcome: Outcome::Refused, ..Self::refused(place, what, db) },
            None => {
                Self { server: Some(error.to_string()), ..Self::condition(place, Reason::of_connecting(error), what) }
            }
        }
    }

    fn refused(place: &Place, what: impl Into<String>, db: &DbError) -> Self {
        let names = [db.schema(), db.table(), db.column(), db.constraint()];
        let object = names.into_iter().flatten().collect::<Vec<_>>().join(".");
        Self {
            // A session that was ended may have been ended in the middle of its COMMIT.
            outcome: if ended(db.code()) { Outcome::Unknown } else { Outcome::Refused },
            sqlstate: Some(db.code().code().to_owned()),
            object: (!object.is_empty()).then_some(object),
            server: Some(format!("{}: {}", db.code().code(), db.message())),
            ..Self::condition(place, Reason::of_state(db.code().code()), what)
        }
    }

    /// Whether trying again may help without anybody doing anything.
    pub fn is_transient(&self) -> bool {
        self.reason.is_transient()
    }

    /// What the server said. It may hold row content: for `verdigris.note` in the database and nowhere else.
    pub fn server_words(&self) -> Option<&str> {
        self.server.as_deref()
    }

    /// As users read it.
    pub fn problem(&self) -> Problem {
        let state = self.sqlstate.as_deref().map_or(String::new(), |state| format!(" (SQLSTATE {state})"));
        let object = self.object.as_deref().map_or(String::new(), |object| format!(" at {object}"));
        let message =
            format!("{} on {}{object}: {}{state}. {}", self.what, self.place, self.reason.says(), self.reason.remedy());
        Problem { reason: self.reason.as_str().to_owned(), message, transient: self.is_transient() }
    }
}

fn ended(state: &SqlState) -> bool {
    [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN, SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT].contains(state)
        || matches!(state.code(), "25P04" | "57P05" | "08006" | "08003")
}

impl std::fmt::Debug for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Error")
            .field("reason", &self.reason)
            .field("outcome", &self.outcome)
            .field("place", &self.place.to_string())
            .field("what", &self.what)
            .field("sqlstate", &self.sqlstate)
            .field("object", &self.object)
            .finish_non_exhaustive()
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        error.problem()
    }
}

/// Result of a call to a server.
pub type Result<T, E = Error> = std::result::Result<T, E>;
