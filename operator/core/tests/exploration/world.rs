//! The model world: two servers, a Service, operators, clients. It holds what is there and nothing of how it changes; equal worlds
//! compare and hash as equal. What a commit makes stands in `Db`; what a crash takes with it is the difference to `Server::disk`.
use verdigris_crds::{Phase, Side};

use crate::budget::Budget;
use crate::call::Call;
use crate::defects::Defect;
use crate::operator::Operator;

/// Blue, and an index into `World::servers`.
pub const BLUE: usize = 0;
/// Green likewise.
pub const GREEN: usize = 1;

/// A set of small numbers: keys of rows, nonces.
pub type Set = u16;

/// The index of a side.
pub fn index(side: Side) -> usize {
    usize::from(side == Side::Green)
}

/// The side of an index.
pub fn side(index: usize) -> Side {
    if index == BLUE { Side::Blue } else { Side::Green }
}

/// Number and holder of an epoch; holder 0 is nobody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Epoch {
    pub number: u8,
    pub holder: u8,
}

/// A change in WAL, as a publication sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// A row, and whether a stream brought it.
    Row { key: u8, applied: bool },
    /// A marker of this side.
    Marker(u8),
}

/// A subscription. Its name carries the turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Subscription {
    pub turn: u8,
    pub enabled: bool,
    /// Position of its origin: changes of the publisher before it are not asked for.
    pub origin: u8,
    pub errors: u8,
    /// Disabled, but its worker has not noticed.
    pub worker_left: bool,
}

impl Subscription {
    /// Whether a worker applies.
    pub fn works(&self) -> bool {
        self.enabled || self.worker_left
    }
}

/// A slot. Slots are no part of a transaction, and a crash leaves them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Slot {
    pub turn: u8,
    /// Position at which it was made.
    pub start: u8,
}

/// What transactions make.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Db {
    /// The schema `verdigris` is there.
    pub recorded: bool,
    pub epoch: Epoch,
    pub closed: bool,
    pub turn: u8,
    /// Nonce of the attempt that closed this side; 0: none.
    pub nonce: u8,
    pub position: u8,
    pub opened: bool,
    pub tombstone: bool,
    /// Turn of the slot that is the witness of strays.
    pub witness: Option<u8>,
    /// Every table has the gate.
    pub armed: bool,
    /// New sessions are read-only.
    pub read_only: bool,
    /// They are not any more, but sessions from before live.
    pub resetting: bool,
    /// Proofs, by nonce.
    pub proofs: Set,
    /// Markers of the other side that arrived, by nonce.
    pub seen: Set,
    pub rows: Set,
    pub wal: Vec<Change>,
    pub subscriptions: Vec<Subscription>,
}

impl Db {
    pub fn subscription(&mut self, turn: u8) -> Option<&mut Subscription> {
        self.subscriptions.iter_mut().find(|s| s.turn == turn)
    }

    /// Client writes get through.
    pub fn open(&self) -> bool {
        !self.closed
    }
}

/// The hold: an open transaction with the gate and the row of the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Hold {
    pub operator: u8,
    pub epoch: Epoch,
}

/// A message under way that nobody waits for: late, or there for the second time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Flight {
    pub operator: u8,
    /// The epoch in the name of its session, if it has one.
    pub named: Option<Epoch>,
    pub call: Call,
    /// The version that it carries is the present one still.
    pub fresh: bool,
}

/// A server.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Server {
    pub up: bool,
    pub now: Db,
    /// What a crash leaves, where that is something else.
    pub disk: Option<Box<Db>>,
    pub slots: Vec<Slot>,
    /// Sequences are no part of a transaction.
    pub sequence: u8,
    pub hold: Option<Hold>,
    pub flights: Vec<Flight>,
    /// The deadline of the attempt that closed this side has passed.
    pub late: bool,
    /// Its physical standby lacks the last proof or close.
    pub lags: bool,
}

impl Server {
    /// How far WAL is durable, which is as far as a stream reads.
    pub fn durable(&self) -> usize {
        self.disk.as_ref().map_or(self.now.wal.len(), |disk| disk.wal.len())
    }

    /// A synchronous commit: everything before it is durable with it.
    pub fn flush(&mut self) {
        self.disk = None;
    }

    pub fn slot(&self, turn: u8) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.turn == turn)
    }
}

/// The client Service, and where connections through it land.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Service {
    pub selects: usize,
    pub leads: usize,
}

/// A client: it connects through the Service, begins, commits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Client {
    /// Server of its session, and whether that session is read-only for life.
    pub session: Option<(usize, bool)>,
    /// The key it inserts, and whether it holds the gate.
    pub writing: Option<(u8, bool)>,
}

/// The object, and what users want.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Object {
    pub writer: usize,
    pub deleting: bool,
    pub finalizer: bool,
    pub window_over: bool,
    /// The end that the status tells of.
    pub phase: Option<Phase>,
    pub ended: bool,
}

/// All of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct World {
    pub servers: [Server; 2],
    pub service: Service,
    pub object: Object,
    /// Messages to the API server that are under way.
    pub flights: Vec<Flight>,
    pub operators: Vec<Operator>,
    /// Operator that holds the Lease.
    pub leader: usize,
    pub clients: Vec<Client>,
    /// Keys whose commit was acknowledged.
    pub acknowledged: Set,
    /// Nonces given out.
    pub nonces: u8,
    pub budget: Budget,
    /// The piece of the protocol that is missing in this world, if one is.
    pub defect: Option<Defect>,
    /// An invariant that a step broke on its way.
    pub broken: Option<String>,
}

impl World {
    /// Green is a proved copy and follows blue; the first operator holds the epoch of both.
    pub fn proved(operators: usize, clients: usize, budget: Budget) -> Self {
        let epoch = Epoch { number: 2, holder: 1 };
        let db = |closed: bool, turn: u8| Db {
            recorded: true,
            epoch,
            closed,
            turn,
            nonce: 0,
            position: 0,
            opened: false,
            tombstone: false,
            witness: None,
            armed: closed,
            read_only: false,
            resetting: false,
            proofs: 0,
            seen: 0,
            rows: 0,
            wal: Vec::new(),
            subscriptions: Vec::new(),
        };
        let server = |now: Db| Server {
            up: true,
            now,
            disk: None,
            slots: Vec::new(),
            sequence: 0,
            hold: None,
            flights: Vec::new(),
            late: false,
            lags: false,
        };
        let mut blue = server(db(false, 0));
        blue.slots.push(Slot { turn: 1, start: 0 });
        let mut green = server(db(true, 1));
        green.now.subscriptions.push(Subscription { turn: 1, enabled: true, origin: 0, errors: 0, worker_left: false });
        let mut all: Vec<_> = (1..=operators).map(|_| Operator::new()).collect();
        all[0].epoch = Some(epoch);
        Self {
            servers: [blue, green],
            service: Service { selects: BLUE, leads: BLUE },
            object: Object {
                writer: GREEN,
                deleting: false,
                finalizer: true,
                window_over: false,
                phase: None,
                ended: false,
            },
            flights: Vec::new(),
            operators: all,
            leader: 0,
            clients: vec![Client::default(); clients],
            acknowledged: 0,
            nonces: 0,
            budget,
            defect: None,
            broken: None,
        }
    }

    /// This piece is missing.
    pub fn lacks(&self, defect: Defect) -> bool {
        self.defect == Some(defect)
    }

    /// An invariant was broken.
    pub fn break_(&mut self, what: impl Into<String>) {
        if self.broken.is_none() {
            self.broken = Some(what.into());
        }
    }
}
