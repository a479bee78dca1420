//! Tables and other objects of blue's database.
use verdigris_core::{fact::Fact, preflight::*};

use crate::{
    transcript::{Story, early, story},
    world::*,
};

fn also(tables: Vec<Table>) -> impl Fn(&mut Request, &mut Facts) {
    move |_, facts| of(&mut inside(blue(facts)).tables).extend(tables.clone())
}

fn without(name: &str) -> Table {
    Table { identity: Identity::Missing, candidate: None, ..table(name) }
}

fn of_kind(name: &str, kind: TableKind) -> Table {
    Table { kind, ..without(name) }
}

pub fn tables() -> Vec<Story> {
    let full = |name: &str, columns: &[&str]| Table {
        identity: Identity::Full,
        candidate: None,
        no_equality: columns.iter().map(ToString::to_string).collect(),
        ..table(name)
    };
    vec![
        early("A table has no key", also(vec![without("log")])),
        early("A table has a unique index that could be its identity", {
            also(vec![Table { candidate: Some("log_at_key".into()), ..without("log") }])
        }),
        early("A table without a key has a json column", {
            also(vec![Table { no_equality: vec!["body".into()], ..without("log") }])
        }),
        early("Names with quotes, spaces, capitals and line breaks", {
            also(vec![Table { schema: "My \"Schema\"".into(), ..without("Täble\n; DROP") }])
        }),
        early("REPLICA IDENTITY FULL on a large table", also(vec![full("log", &[])])),
        early("REPLICA IDENTITY FULL with a json column", also(vec![full("log", &["body"])])),
        early("An unlogged table", also(vec![Table { unlogged: true, ..table("cache") }])),
        early("A partitioned table needs no key itself", {
            also(vec![of_kind("events", TableKind::Partitioned), table("events_2026")])
        }),
        early("A foreign table and a materialized view", {
            also(vec![of_kind("remote", TableKind::Foreign), of_kind("daily", TableKind::MaterializedView)])
        }),
        early("Many tables without a key", also((0..23).map(|number| without(&format!("log_{number:02}"))).collect())),
        early("Tables cannot be listed", |_, facts| inside(blue(facts)).tables = unknown()),
    ]
}

fn sequences(found: Sequence) -> impl Fn(&mut Request, &mut Facts) {
    move |_, facts| inside(blue(facts)).sequences = Fact::Known(vec![found.clone()])
}

pub fn objects() -> Vec<Story> {
    let narrow = |last: i64| Sequence {
        data_type: "smallint".into(),
        maximum: i64::from(i16::MAX),
        ..sequence("kinds_id_seq", last)
    };
    let installed = |name: &'static str| {
        move |_: &mut Request, facts: &mut Facts| {
            of(&mut inside(blue(facts)).extensions).push(Extension { name: name.into(), version: "1.0".into() });
        }
    };
    vec![
        story("A trigger fires ALWAYS", |_, facts| {
            let found = Trigger { schema: "public".into(), table: "orders".into(), name: "audit".into(), always: true };
            inside(blue(facts)).triggers = Fact::Known(vec![found]);
        }),
        early("Triggers cannot be listed", |_, facts| inside(blue(facts)).triggers = unknown()),
        early("An event trigger fires ALWAYS", |_, facts| {
            inside(blue(facts)).event_triggers =
                Fact::Known(vec![EventTrigger { name: "audit_ddl".into(), always: true }]);
        }),
        early("Event triggers cannot be listed", |_, facts| inside(blue(facts)).event_triggers = unknown()),
        early("Large objects", |_, facts| inside(blue(facts)).large_objects = Fact::Known(4)),
        early("Large objects cannot be counted", |_, facts| inside(blue(facts)).large_objects = unknown()),
        early("A smallint sequence", sequences(narrow(40))),
        early("A smallint sequence near its end", sequences(narrow(31_500))),
        early("A sequence at the edge of its range", sequences(sequence("orders_id_seq", i64::MAX))),
        early("A descending sequence near its end", {
            sequences(Sequence {
                increment: -1,
                minimum: i64::MIN,
                maximum: -1,
                start: -1,
                ..sequence("down", i64::MIN + 5)
            })
        }),
        early("Sequences cannot be listed", |_, facts| inside(blue(facts)).sequences = unknown()),
        early("An extension that logical replication does not carry", installed("timescaledb")),
        early("An extension that acts by itself", installed("pg_cron")),
        early("Extensions cannot be listed", |_, facts| inside(blue(facts)).extensions = unknown()),
    ]
}
