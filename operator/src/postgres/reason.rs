//! Stable reasons of errors and what a human can do about each. Adding one is free; changing one breaks users' alerts.
use std::io::ErrorKind;

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident, $transient:literal, $says:literal, $remedy:literal;)*) => {
        /// Why a call failed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Reason { $($(#[$doc])* $name,)* }

        impl Reason {
            /// All of them, for the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The reason as status and metrics show it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// Whether it may pass by itself.
            pub fn is_transient(self) -> bool {
                match self { $(Self::$name => $transient,)* }
            }

            /// What it means.
            pub fn says(self) -> &'static str {
                match self { $(Self::$name => $says,)* }
            }

            /// What to do.
            pub fn remedy(self) -> &'static str {
                match self { $(Self::$name => $remedy,)* }
            }
        }
    };
}

reasons! {
    /// Nothing listens there.
    ConnectionRefused, true, "nothing listens at that address", "Check that the server runs and the port is right.";
    /// The name of the host is not known.
    HostUnknown, true, "the host name cannot be resolved", "Check the Service and its pods.";
    /// The network does not carry us there.
    Unreachable, true, "the server cannot be reached", "Check the network, network policies and that the pod is ready.";
    /// The connection was not made in time.
    ConnectTimeout, true, "the server did not answer in time", "Check the network, network policies and the server's load.";
    /// 28P01 or 28000.
    AuthenticationFailed, false, "the server refused role or password", "Correct the Secret, or the server's role and pg_hba.conf.";
    /// 3D000.
    DatabaseMissing, false, "the database does not exist", "Correct spec.databases or create the database.";
    /// 53300.
    TooManyConnections, true, "the server has no connection left", "Raise max_connections or end idle clients.";
    /// 57P03.
    StartingUp, true, "the server is starting up or shutting down", "Nothing: it is tried again.";
    /// The answer was lost: it may have happened or not.
    ReplyLost, true, "the connection ended before the answer came, so the outcome is not known", "Nothing: the server is asked again.";
    /// Our deadline passed: it may have happened or not.
    ClientTimeout, true, "no answer came in time, so the outcome is not known", "Nothing: the server is asked again. If it stays, look at the server's load and locks.";
    /// The session was ended by the server.
    SessionEnded, true, "the server ended the session", "Nothing: it is tried again.";
    /// A role of one side is not on the other, or is otherwise, and could not be made so.
    RolesDiffer, false, "roles of one side are otherwise on the other, or not there", "Give green the role as blue has it (`pg_dumpall --roles-only` on blue, the lines of that role, in psql on green), or drop it on blue; it is looked at again.";
    /// VG001.
    StaleEpoch, true, "another operator process has taken over", "Nothing: the newer one goes on.";
    /// Decided on a look that holds no more.
    Outdated, true, "the sides are not as they were when this was decided, so nothing was done", "Nothing: both are looked at again.";
    /// VG002.
    NotReady, false, "this side may not open: it is open already, or the proof of the switchover is not here", "Look at verdigris.state and verdigris.proof on both sides; see the break-glass page.";
    /// VG003.
    Open, false, "this side is open", "Look at verdigris.state on both sides; see the break-glass page.";
    /// VG004.
    Closed, false, "this side is closed", "Look at verdigris.state on both sides; see the break-glass page.";
    /// 55P03.
    LockTimeout, true, "a lock was not granted in time", "End or shorten the transactions that hold it (pg_blocking_pids shows them).";
    /// 57014.
    StatementTimeout, true, "the statement took too long", "Look at the server's load and locks; it is tried again.";
    /// 40P01 or 40001.
    Deadlock, true, "the transaction collided with another", "Nothing: it is tried again.";
    /// 53100.
    DiskFull, false, "the disk is full", "Give the server more disk space.";
    /// 53200.
    OutOfMemory, true, "the server is out of memory or lock space", "Raise max_locks_per_transaction or the memory of the server.";
    /// 53400.
    LimitReached, false, "a limit of the server's configuration is reached", "Raise max_replication_slots, max_wal_senders or max_active_replication_origins and restart the server.";
    /// 42501.
    InsufficientPrivilege, false, "the role may not do that", "Use a superuser in the admin Secret.";
    /// 55000, 55006.
    WrongState, true, "an object is in use or not in the state it should be", "Nothing: it is tried again. If it stays, look at slots and subscriptions.";
    /// 42P01, 3F000, 42883, 42704.
    ObjectMissing, false, "an object does not exist", "If it was dropped by hand, restore it or delete the migration.";
    /// 42710, 42P07, 42P06.
    ObjectExists, false, "an object of that name exists already", "Drop what is left over from another run; the clean-up SQL is on the break-glass page.";
    /// 25006.
    ReadOnly, true, "the server is read-only", "Check that the address leads to a primary.";
    /// Restored, failed over, or another server behind the address.
    OtherServer, false, "this is not the server, or not the timeline, that the records were made on", "Look at what was restored or failed over; see the break-glass page.";
    /// `verdigris.state` is not there.
    NoRecords, false, "the records are not installed", "If schema verdigris was dropped by hand, see the break-glass page.";
    /// Flag and record differ.
    Drift, false, "the closed flag and the record differ", "Somebody changed one of them by hand; see the break-glass page.";
    /// A gate before a switchover does not hold.
    NotAllowed, true, "a condition of the switchover does not hold", "See the message; it is tried again.";
    /// Not every table is gated and carried.
    NotCovered, true, "not every table is gated and carried", "See the message; declare, arm or clone what is missing.";
    /// The subscriber did not catch up in time.
    DrainTooSlow, true, "the other side did not catch up in time", "Wait for a quieter moment; spec.cutover.maxWriteBlockMilliseconds is frozen by now: before the cutover the object may be deleted, and a new one made with a larger value.";
    /// A physical standby did not catch up in time.
    StandbyTooSlow, true, "a physical standby did not catch up in time", "Look at pg_stat_replication on that side.";
    /// Something did not happen in time.
    NotSettled, true, "it did not happen in time", "Look at the server's log; it is tried again.";
    /// The Service was changed while we looked.
    RouteConflict, true, "the Service was changed meanwhile", "Nothing: it is tried again.";
    /// The Kubernetes API did not do what was asked.
    RouteFailed, true, "the Service could not be changed", "Look at the operator's rights and at the Kubernetes API.";
    /// The answer has a form that we don't know.
    Unexpected, false, "the server's answer has an unexpected form", "Report it with the server's version.";
    /// Any other SQLSTATE.
    ServerError, false, "the server refused", "Look up the SQLSTATE; the server's own words are in verdigris.note.";
}

impl Reason {
    /// From a SQLSTATE.
    pub fn of_state(state: &str) -> Self {
        match state {
            "28P01" | "28000" => Self::AuthenticationFailed,
            "3D000" => Self::DatabaseMissing,
            "53300" => Self::TooManyConnections,
            "57P03" => Self::StartingUp,
            "57P01" | "57P02" | "57P05" | "25P03" | "25P04" | "08006" | "08003" => Self::SessionEnded,
            "VG001" => Self::StaleEpoch,
            "VG002" => Self::NotReady,
            "VG003" => Self::Open,
            "VG004" => Self::Closed,
            "55P03" => Self::LockTimeout,
            "57014" => Self::StatementTimeout,
            "40P01" | "40001" => Self::Deadlock,
            "53100" => Self::DiskFull,
            "53200" => Self::OutOfMemory,
            "53400" => Self::LimitReached,
            "42501" => Self::InsufficientPrivilege,
            "55000" | "55006" => Self::WrongState,
            "42P01" | "3F000" | "42883" | "42704" => Self::ObjectMissing,
            "42710" | "42P07" | "42P06" => Self::ObjectExists,
            "25006" => Self::ReadOnly,
            _ => Self::ServerError,
        }
    }

    /// From an error without an answer of the server, while connecting.
    pub fn of_connecting(error: &tokio_postgres::Error) -> Self {
        let mut source: Option<&(dyn std::error::Error + 'static)> = std::error::Error::source(error);
        while let Some(inner) = source {
            if let Some(io) = inner.downcast_ref::<std::io::Error>() {
                return match io.kind() {
                    ErrorKind::ConnectionRefused => Self::ConnectionRefused,
                    ErrorKind::TimedOut => Self::ConnectTimeout,
                    _ if io.raw_os_error().is_none() && io.to_string().contains("lookup address") => Self::HostUnknown,
                    _ => Self::Unreachable,
                };
            }
            source = inner.source();
        }
        if error.to_string().contains("timed out") { Self::ConnectTimeout } else { Self::Unreachable }
    }
}
