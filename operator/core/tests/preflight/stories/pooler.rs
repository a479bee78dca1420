//! Poolers in front of the client Service.
use verdigris_core::{fact::Fact, preflight::*};
use verdigris_crds::yaml;

use crate::{
    transcript::{Story, early},
    world::*,
};

fn entry() -> PooledDatabase {
    PooledDatabase {
        name: "shop".into(),
        host: "orders-db.shop.svc.cluster.local".into(),
        database: "shop".into(),
        mode: None,
        paused: false,
    }
}

fn pod() -> PoolerFacts {
    PoolerFacts {
        pod: "orders-pooler-0".into(),
        mode: "transaction".into(),
        admin: true,
        shares_port: false,
        databases: vec![entry()],
    }
}

fn named(pods: Fact<Vec<PoolerFacts>>) -> impl Fn(&mut Request, &mut Facts) {
    move |request, facts| {
        let pooler = "pgBouncer: {selector: {app: orders-pooler}, adminSecretRef: {name: pooler-admin}}";
        request.spec.pooler = Some(yaml::from_str(pooler).unwrap());
        facts.poolers = pods.clone();
    }
}

fn one(pod: PoolerFacts) -> impl Fn(&mut Request, &mut Facts) {
    named(Fact::Known(vec![pod]))
}

pub fn stories() -> Vec<Story> {
    vec![
        early("A pooler in the path, by transaction", one(pod())),
        early("Its console does not answer", named(unknown())),
        early("None of its pods runs", named(Fact::Known(Vec::new()))),
        early("The user is not one of its admins", one(PoolerFacts { admin: false, ..pod() })),
        early("Several of its processes share a port", one(PoolerFacts { shares_port: true, ..pod() })),
        early(
            "It leads past the Service",
            one(PoolerFacts { databases: vec![PooledDatabase { host: "orders-blue-0".into(), ..entry() }], ..pod() }),
        ),
        early("It takes any name of a database", one(PoolerFacts { databases: Vec::new(), ..pod() })),
        early("It pools by session", one(PoolerFacts { mode: "session".into(), ..pod() })),
        early(
            "It pools by session, but not this database",
            one(PoolerFacts {
                mode: "session".into(),
                databases: vec![PooledDatabase { mode: Some("statement".into()), ..entry() }],
                ..pod()
            }),
        ),
    ]
}
