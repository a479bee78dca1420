//! A world in which nothing is in the way: blue on PostgreSQL 15, green on 17, one database `shop`.
use std::collections::BTreeMap;

use verdigris_core::{
    fact::{Fact, Problem},
    names::Names,
    preflight::*,
};
use verdigris_crds::{Side, yaml};

const SPEC: &str = "
service: {name: orders-db}
blue: {workload: {kind: StatefulSet, name: orders-blue}, adminSecretRef: {name: orders-admin}}
green: {selector: {app: orders-green}, provision: {statefulSet: {image: 'postgres:17'}}}
migrations: [{name: order-status, sql: {configMapRef: {name: orders-0042}}}]
budget: {retainedWal: 20Gi}
";

pub fn request() -> Request {
    let names = Names::new("0f3c9a7e-52d1-4c0b-9a55-9b8f6f1f7f10");
    Request {
        namespace: "shop".into(),
        name: "orders-42".into(),
        run: names.run().into(),
        spec: yaml::from_str(SPEC).unwrap(),
    }
}

pub fn labels(app: &str) -> BTreeMap<String, String> {
    [("app".to_string(), app.to_string())].into()
}

pub fn problem() -> Problem {
    Problem::transient("StatementTimeout", "the query was refused with SQLSTATE 57014: it took too long")
}

pub fn unknown<T>() -> Fact<T> {
    Fact::Unknown(problem())
}

pub fn facts() -> Facts {
    let attempt = |side: Side| {
        Fact::Known(Attempt {
            target: format!("orders-42-{}.shop.svc:5432", side.lower()),
            outcome: Outcome::Connected,
        })
    };
    Facts {
        kubernetes: kubernetes(),
        blue: Fact::Known(server(150_019, 7_301, database(tables(), 0))),
        green: Fact::Known(server(170_011, 7_402, database(Vec::new(), 0))),
        connectivity: ConnectivityFacts { green_to_blue: attempt(Side::Blue), blue_to_green: attempt(Side::Green) },
        poolers: not_asked(),
    }
}

fn kubernetes() -> KubernetesFacts {
    let keys = |names: &[&str]| Fact::Known(Some(names.iter().map(ToString::to_string).collect()));
    KubernetesFacts {
        service: Fact::Known(Some(ServiceFacts {
            kind: "ClusterIP".into(),
            headless: false,
            selector: labels("orders-blue"),
            publishes_not_ready: false,
            managed: true,
            selector_owners: vec![owner("verdigris-traffic", "Apply", 1)],
            applied_selector: false,
            marks: BTreeMap::new(),
            owners: Vec::new(),
            slices: Fact::Known(vec![SliceFacts {
                name: "orders-db-x7k2p".into(),
                managed_by: "endpointslice-controller.k8s.io".into(),
                ready: 1,
            }]),
        })),
        workload: Fact::Known(Some(WorkloadFacts {
            name: "orders-blue".into(),
            replicas: 1,
            claims: vec![ClaimTemplate { name: "data".into(), bytes: Some(20 << 30) }],
            volumes: vec![volume("config", "configMap"), volume("run", "emptyDir")],
            maker: Maker::Others,
        })),
        green_workload: Fact::Known(None),
        green_claims: Fact::Known(Vec::new()),
        pods: Fact::Known(vec![pod("orders-blue", 0), pod("orders-green", 0)]),
        secrets: vec![SecretFacts {
            side: Side::Blue,
            name: "orders-admin".into(),
            keys: keys(&["password", "username"]),
        }],
        config_maps: vec![ConfigMapFacts {
            migration: "order-status".into(),
            name: "orders-0042".into(),
            keys: keys(&["0001.sql"]),
        }],
        migrations: Fact::Known(Vec::new()),
    }
}

pub fn volume(name: &str, kind: &str) -> VolumeFacts {
    VolumeFacts { name: name.into(), kind: kind.into() }
}

pub fn owner(manager: &str, operation: &str, index: usize) -> FieldOwner {
    FieldOwner { manager: manager.into(), operation: operation.into(), index }
}

pub fn pod(app: &str, number: usize) -> PodFacts {
    PodFacts {
        name: format!("{app}-{number}"),
        ip: Some(format!("10.0.0.{}", 10 + number)),
        labels: labels(app),
        ready: true,
        owner: Some(Owner { kind: "StatefulSet".into(), name: app.into(), controller: true }),
        claims: vec![format!("data-{app}-{number}")],
        in_recovery: not_asked(),
    }
}

fn server(version: i32, system_identifier: i64, inside: DatabaseFacts) -> ServerFacts {
    let since_18 = version >= 180_000;
    ServerFacts {
        server: Fact::Known(Server { version, system_identifier, in_recovery: false }),
        settings: Fact::Known(Settings {
            wal_level: "logical".into(),
            max_replication_slots: 10,
            max_wal_senders: 10,
            max_worker_processes: 8,
            max_logical_replication_workers: 4,
            max_prepared_transactions: 0,
            max_slot_wal_keep_bytes: Some(20 << 30),
            idle_replication_slot_timeout: since_18.then_some(0),
            max_active_replication_origins: since_18.then_some(10),
            synchronous_standby_names: String::new(),
        }),
        usage: Fact::Known(Usage {
            replication_slots: 0,
            wal_senders: 0,
            logical_workers: 0,
            worker_processes: 1,
            origins: 0,
        }),
        role: Fact::Known(Role { name: "postgres".into(), superuser: true }),
        databases: Fact::Known(vec![one_database("postgres"), one_database("shop")]),
        prepared: Fact::Known(Vec::new()),
        transactions: Fact::Known(Vec::new()),
        slots: Fact::Known(Vec::new()),
        subscriptions: Fact::Known(Vec::new()),
        origins: Fact::Known(Vec::new()),
        roles: Fact::Known(Vec::new()),
        superusers: Fact::Known(vec!["postgres".into()]),
        others: Fact::Known(vec![other("postgres", false, false)]),
        available: Fact::Known(vec![AvailableExtension { name: "plpgsql".into(), default_version: "1.0".into() }]),
        database: Fact::Known(inside),
    }
}

pub fn other(name: &str, sessions: bool, tables: bool) -> OtherDatabase {
    OtherDatabase { name: name.into(), sessions, tables: Fact::Known(tables) }
}

pub fn one_database(name: &str) -> Database {
    Database {
        name: name.into(),
        owner: "shop_owner".into(),
        allows_connections: true,
        encoding: "UTF8".into(),
        collate: "en_US.utf8".into(),
        ctype: "en_US.utf8".into(),
        provider: "libc".into(),
        locale: None,
        collation_version: Some("2.36".into()),
        bytes: 5 << 30,
    }
}

fn database(tables: Vec<Table>, large_objects: i64) -> DatabaseFacts {
    let plpgsql = Extension { name: "plpgsql".into(), version: "1.0".into() };
    DatabaseFacts {
        name: "shop".into(),
        tables: Fact::Known(tables),
        triggers: Fact::Known(Vec::new()),
        event_triggers: Fact::Known(Vec::new()),
        large_objects: Fact::Known(large_objects),
        sequences: Fact::Known(vec![sequence("orders_id_seq", 1_000_000)]),
        extensions: Fact::Known(vec![plpgsql]),
        publications: Fact::Known(Vec::new()),
        leftover: Fact::Known(Leftover::default()),
        objects: Fact::Known(Objects::default()),
    }
}

fn tables() -> Vec<Table> {
    vec![table("customers"), table("orders")]
}

pub fn table(name: &str) -> Table {
    Table {
        schema: "public".into(),
        name: name.into(),
        kind: TableKind::Table,
        unlogged: false,
        bytes: 1 << 30,
        identity: Identity::Key,
        candidate: Some(format!("{name}_pkey")),
        no_equality: Vec::new(),
    }
}

pub fn sequence(name: &str, last: i64) -> Sequence {
    Sequence {
        schema: "public".into(),
        name: name.into(),
        data_type: "bigint".into(),
        last: Some(last),
        start: 1,
        increment: 1,
        minimum: 1,
        maximum: i64::MAX,
        cache: 1,
        cycles: false,
    }
}

/// The value of a fact of the world.
pub fn of<T>(fact: &mut Fact<T>) -> &mut T {
    match fact {
        Fact::Known(value) => value,
        Fact::Unknown(problem) => panic!("{problem:?}"),
    }
}

pub fn service(facts: &mut Facts) -> &mut ServiceFacts {
    of(&mut facts.kubernetes.service).as_mut().unwrap()
}

pub fn blue(facts: &mut Facts) -> &mut ServerFacts {
    of(&mut facts.blue)
}

pub fn green(facts: &mut Facts) -> &mut ServerFacts {
    of(&mut facts.green)
}

pub fn inside(server: &mut ServerFacts) -> &mut DatabaseFacts {
    of(&mut server.database)
}
