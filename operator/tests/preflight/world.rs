//! The parts of preflight's world that are not PostgreSQL: sound, so that only servers have something to say.
use std::collections::BTreeMap;

use verdigris::observe::preflight as observe;
use verdigris_core::{
    fact::Fact,
    names::Names,
    preflight::{
        ClaimTemplate, ConnectivityFacts, Facts, FieldOwner, Finding, KubernetesFacts, Maker, Owner, PodFacts, Request,
        SecretFacts, ServerFacts, ServiceFacts, SliceFacts, Stage, WorkloadFacts, check, not_asked,
    },
};
use verdigris_crds::{Side, yaml};

use crate::server::Server;

const SPEC: &str = "
service: {name: db}
blue: {workload: {kind: StatefulSet, name: blue}, adminSecretRef: {name: admin}}
green: {selector: {app: green}, provision: {statefulSet: {image: 'postgres:17'}}}
databases: [{name: shop}]
";

pub fn names() -> Names {
    Names::new("0f3c9a7e-52d1-4c0b-9a55-9b8f6f1f7f10")
}

pub fn request() -> Request {
    Request { namespace: "ns".into(), name: "m".into(), run: names().run().into(), spec: yaml::from_str(SPEC).unwrap() }
}

fn labels(app: &str) -> BTreeMap<String, String> {
    [("app".to_string(), app.to_string())].into()
}

fn pod(app: &str) -> PodFacts {
    PodFacts {
        name: format!("{app}-0"),
        ip: None,
        labels: labels(app),
        ready: true,
        owner: Some(Owner { kind: "StatefulSet".into(), name: app.into(), controller: true }),
        claims: Vec::new(),
        in_recovery: not_asked(),
    }
}

pub fn kubernetes() -> KubernetesFacts {
    let claims = vec![ClaimTemplate { name: "data".into(), bytes: Some(100 << 30) }];
    let slice = SliceFacts { name: "db-1".into(), managed_by: "endpointslice-controller.k8s.io".into(), ready: 1 };
    KubernetesFacts {
        service: Fact::Known(Some(ServiceFacts {
            kind: "ClusterIP".into(),
            headless: false,
            selector: labels("blue"),
            publishes_not_ready: false,
            managed: true,
            selector_owners: vec![FieldOwner {
                manager: "verdigris-traffic".into(),
                operation: "Apply".into(),
                index: 0,
            }],
            applied_selector: false,
            marks: BTreeMap::new(),
            owners: Vec::new(),
            slices: Fact::Known(vec![slice]),
        })),
        workload: Fact::Known(Some(WorkloadFacts {
            name: "blue".into(),
            replicas: 1,
            claims,
            volumes: Vec::new(),
            maker: Maker::Others,
        })),
        green_workload: Fact::Known(None),
        green_claims: Fact::Known(Vec::new()),
        pods: Fact::Known(vec![pod("blue"), pod("green")]),
        secrets: vec![SecretFacts {
            side: Side::Blue,
            name: "admin".into(),
            keys: Fact::Known(Some(vec!["password".into(), "username".into()])),
        }],
        config_maps: Vec::new(),
        migrations: Fact::Known(Vec::new()),
    }
}

/// One side, seen through sessions to `postgres` and `shop`.
pub async fn side(server: &Server) -> ServerFacts {
    let (around, inside) = (server.client("postgres").await, server.client("shop").await);
    let databases = observe::databases(&around).await;
    let target = server.target(Side::Blue, "postgres");
    let others = observe::others(&around, &target, &names(), databases.known().unwrap(), "shop").await;
    let facts = observe::server(&around, Fact::Known(observe::database(&inside, "shop").await)).await;
    ServerFacts { others, ..facts }
}

/// What is said about blue alone.
pub async fn blue_findings(blue: &Server) -> Vec<Finding> {
    let facts = Facts {
        kubernetes: kubernetes(),
        blue: Fact::Known(side(blue).await),
        green: not_asked(),
        connectivity: ConnectivityFacts::default(),
        poolers: not_asked(),
    };
    check(Stage::BeforeGreen, &request(), &facts)
}

/// What is said about a pair.
pub async fn findings(blue: &Server, green: &Server) -> Vec<Finding> {
    let (at_blue, at_green) = (blue.client("shop").await, green.client("shop").await);
    let run = request().run;
    let connectivity = ConnectivityFacts {
        green_to_blue: observe::attempt(&at_green, &run, &blue.target(Side::Blue, "shop")).await,
        blue_to_green: observe::attempt(&at_blue, &run, &green.target(Side::Green, "shop")).await,
    };
    let facts = Facts {
        kubernetes: kubernetes(),
        blue: Fact::Known(side(blue).await),
        green: Fact::Known(side(green).await),
        connectivity,
        poolers: not_asked(),
    };
    check(Stage::WithGreen, &request(), &facts)
}

pub fn reasons(findings: &[Finding]) -> Vec<&str> {
    let mut reasons: Vec<_> = findings.iter().map(|finding| finding.reason.as_str()).collect();
    reasons.dedup();
    reasons
}
