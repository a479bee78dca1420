//! What others replicate, open transactions, and what earlier runs left.
use verdigris_core::{fact::Fact, preflight::*};

use crate::{
    transcript::{Story, early, story},
    world::*,
};

fn transaction(writes: bool, age_seconds: i64) -> Transaction {
    Transaction {
        pid: 4711,
        user: "report".into(),
        database: "shop".into(),
        application: "nightly\njob".into(),
        state: "idle in transaction".into(),
        since: "2026-11-21T01:00:00Z".into(),
        age_seconds,
        writes,
    }
}

fn slot(name: &str, database: Option<&str>) -> Slot {
    Slot { name: name.into(), database: database.map(Into::into), active: true }
}

pub fn stories() -> Vec<Story> {
    vec![
        early("A prepared transaction is open", |_, facts| {
            let found = Prepared {
                gid: "it's \\ open".into(),
                database: "crm".into(),
                owner: "crm".into(),
                since: "2026-11-20T12:00:00Z".into(),
            };
            blue(facts).prepared = Fact::Known(vec![found]);
        }),
        early("Prepared transactions cannot be listed", |_, facts| blue(facts).prepared = unknown()),
        early("A writing transaction is open for ten minutes", |_, facts| {
            blue(facts).transactions = Fact::Known(vec![transaction(true, 600)]);
        }),
        early("A writing transaction is open for two minutes", |_, facts| {
            blue(facts).transactions = Fact::Known(vec![transaction(true, 120)]);
        }),
        early("A reading transaction is open for two hours", |_, facts| {
            blue(facts).transactions = Fact::Known(vec![transaction(false, 7200)]);
        }),
        early("Transactions cannot be listed", |_, facts| blue(facts).transactions = unknown()),
        early("A change data capture tool has a slot on blue", |_, facts| {
            blue(facts).slots = Fact::Known(vec![slot("debezium", Some("shop")), slot("standby_1", None)]);
        }),
        early("Slots cannot be listed", |_, facts| blue(facts).slots = unknown()),
        early("A subscription writes into the database", |_, facts| {
            let found = |name: &str, database: &str| Subscription {
                name: name.into(),
                database: database.into(),
                enabled: true,
            };
            blue(facts).subscriptions = Fact::Known(vec![found("from_erp", "shop"), found("elsewhere", "crm")]);
        }),
        early("Subscriptions cannot be listed", |_, facts| blue(facts).subscriptions = unknown()),
        early("A replication origin is somebody's", |_, facts| blue(facts).origins = Fact::Known(vec!["bdr_1".into()])),
        early("Origins cannot be listed", |_, facts| blue(facts).origins = unknown()),
    ]
}

fn record(closed: bool, tombstone: Option<&str>) -> Leftover {
    let record = LeftoverRecord {
        run: "aaaabbbbcccc".into(),
        migration: "shop/orders-41".into(),
        closed,
        tombstone: tombstone.map(Into::into),
    };
    Leftover { schema: true, record: Some(record), triggers: 12 }
}

pub fn leftovers() -> Vec<Story> {
    let left = |leftover: Leftover| {
        move |_: &mut Request, facts: &mut Facts| inside(blue(facts)).leftover = Fact::Known(leftover.clone())
    };
    vec![
        early("Blue carries the records of another run", left(record(false, None))),
        early(
            "Blue was retired by an earlier run",
            left(record(
                true,
                Some(
                    "Closed on 2026-10-01 04:00 UTC by migration shop/orders-41; green has the data and the writers since. To open this side on purpose, run …",
                ),
            )),
        ),
        early("A schema verdigris without a record", left(Leftover { schema: true, record: None, triggers: 0 })),
        early("Triggers of a gate without a schema", left(Leftover { schema: false, record: None, triggers: 3 })),
        early("Whether something is left cannot be read", |_, facts| inside(blue(facts)).leftover = unknown()),
        early("Slot, subscription, publication and role of another run", |_, facts| {
            let name = || "verdigris_aaaabbbbcccc_0_3".to_string();
            blue(facts).slots = Fact::Known(vec![slot(&name(), Some("shop"))]);
            let subscription = Subscription { name: name(), database: "shop".into(), enabled: false };
            blue(facts).subscriptions = Fact::Known(vec![subscription]);
            inside(blue(facts)).publications = Fact::Known(vec!["verdigris_aaaabbbbcccc_blue".into()]);
            blue(facts).roles = Fact::Known(vec!["verdigris_aaaabbbbcccc_replication".into()]);
        }),
        story("Slot, publication and role of this run are no leftovers", |request, facts| {
            let prefix = format!("verdigris_{}_", request.run);
            blue(facts).slots = Fact::Known(vec![slot(&format!("{prefix}0_1"), Some("shop"))]);
            inside(blue(facts)).publications = Fact::Known(vec![format!("{prefix}blue")]);
            blue(facts).roles = Fact::Known(vec![format!("{prefix}replication")]);
        }),
        early("Publications cannot be listed", |_, facts| inside(blue(facts)).publications = unknown()),
        early("Roles cannot be listed", |_, facts| blue(facts).roles = unknown()),
    ]
}
