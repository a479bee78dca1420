//! The harness itself on the cluster, without an operator: the shop in a pod, writers through the Service, kills under load.
use std::{sync::Arc, time::Duration};

use verdigris_e2e::{
    cluster::{Blue, Database, Kubectl, enter},
    ledger::{Ledger, Load, Outcome, Writers},
    verify::{Other, verify},
};

#[test]
fn the_ledger_holds_through_a_service_when_sessions_are_ended() {
    enter().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let kubectl = Kubectl::new(format!("harness-{}", std::process::id()));
        kubectl.run(&["create", "namespace", &kubectl.namespace]).await.unwrap();
        let database = Database::blue(&kubectl, Blue::default()).await.unwrap();
        let ledger = Arc::new(Ledger::new(None).unwrap());
        let writers = Writers::start(&database.clients(), Load::default(), ledger);
        let blue = database.blue_pod().await.unwrap();
        for _ in 0..3 {
            writers.more(500, Duration::from_secs(30)).await.unwrap();
            let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'writer/%'";
            blue.run(end).await.unwrap();
        }
        writers.more(500, Duration::from_secs(30)).await.unwrap();
        let ledger = writers.stop().await;
        let report = ledger.report();
        let (zero, now) = (Duration::ZERO, ledger.now());
        println!(
            "{} acknowledged, {} ambiguous, {}/s, gap {} ms, errors {:?}",
            report.count(Outcome::Acknowledged),
            report.count(Outcome::Ambiguous),
            report.rate(zero, now),
            report.gap(zero, now).length().as_millis(),
            report.errors
        );
        let verdict = verify(&ledger, &blue, &blue, Other::InStep).await.unwrap();
        verdict.check().unwrap();
        assert_eq!(report.reigns().len(), 1);
        assert!(report.rate(zero, now) >= 300, "writers must reach 300 transactions/s");
        kubectl.run(&["delete", "namespace", &kubectl.namespace, "--wait=false"]).await.unwrap();
    });
}
