//! A side's record, small enough to be part of a state, and as the production code reads it.
use uuid::Uuid;
use verdigris_core::record::Record;

use crate::look::NOW;
use crate::world::{Epoch, GREEN, Server, side};

/// `verdigris.state` of one side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Row {
    pub epoch: Epoch,
    pub closed: bool,
    pub turn: u8,
    pub nonce: u8,
    pub late: bool,
    pub opened: bool,
    pub tombstone: bool,
    pub witness: Option<u8>,
}

impl Row {
    /// What a server shows; `None`: there are no records.
    pub fn of(server: &Server) -> Option<Self> {
        let db = &server.now;
        db.recorded.then_some(Self {
            epoch: db.epoch,
            closed: db.closed,
            turn: db.turn,
            nonce: db.nonce,
            late: server.late,
            opened: db.opened,
            tombstone: db.tombstone,
            witness: db.witness,
        })
    }

    /// As production reads it. `over`: the window has passed by the server's clock.
    pub fn record(&self, at: usize, over: bool) -> Record {
        Record {
            uid: "0123456789ab".into(),
            side: side(at),
            same_server: true,
            epoch: self.epoch.number.into(),
            holder: (self.epoch.holder > 0).then(|| holder(self.epoch.holder)),
            closed: self.closed,
            flag: self.closed,
            turn: self.turn.into(),
            nonce: (self.nonce > 0).then(|| Uuid::from_u128(self.nonce.into())),
            late: self.late,
            opened_at: self.opened.then_some(NOW),
            window_until: (self.opened && at == GREEN).then_some(if over { NOW } else { NOW + 60 }),
            window_over: over,
            tombstone: self.tombstone.then(|| "closed".into()),
            position: None,
            runner: false,
            witness: self.witness.map(|turn| turn.to_string()),
            strays: 0,
            overrun: None,
            poolers_held: false,
            poolers_epoch: None,
            catalog_as_planned: true,
            migration: "shop/orders-42".into(),
        }
    }
}

/// The identity of an operator.
pub fn holder(number: u8) -> Uuid {
    Uuid::from_u128(number.into())
}

/// A number of the core as one of the model.
pub fn small(number: i64) -> u8 {
    u8::try_from(number).unwrap_or(u8::MAX)
}

/// A nonce of the core as one of the model.
pub fn nonce(uuid: Uuid) -> u8 {
    u8::try_from(uuid.as_u128()).unwrap_or(u8::MAX)
}
