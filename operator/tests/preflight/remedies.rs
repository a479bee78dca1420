//! Every remedy that is SQL is run as it is printed, and mends what it is for.
use std::collections::BTreeSet;

use verdigris::postgres::{arm, state};
use verdigris_core::{names::Names, preflight::Finding};
use verdigris_crds::Side;

use crate::{MAJORS, see::MESSY, server::Server, world};

/// What a remedy leaves for a human: the rows must be moved, or the question is answered by acknowledging it.
const LEFT: [&str; 5] = ["LargeObjects", "ForeignTable", "MaterializedView", "IdentityFullSlow", "SlotWalLimit"];

const OTHERS: &str = "
SELECT pg_create_logical_replication_slot('others', 'pgoutput');
SELECT pg_create_logical_replication_slot('verdigris_aaaabbbbcccc_0_1', 'pgoutput');
SELECT pg_replication_origin_create('it''s \\ theirs');
CREATE PUBLICATION verdigris_aaaabbbbcccc_blue;
CREATE ROLE verdigris_aaaabbbbcccc_replication;
GRANT SELECT ON keyed TO verdigris_aaaabbbbcccc_replication;
CREATE SUBSCRIPTION \"from \"\"erp\" CONNECTION 'host=127.0.0.1 dbname=postgres' PUBLICATION p WITH (connect = false);
CREATE SUBSCRIPTION verdigris_aaaabbbbcccc_0_2 CONNECTION 'host=127.0.0.1 dbname=postgres' PUBLICATION p WITH (connect = false);
BEGIN;
INSERT INTO keyed VALUES (1);
PREPARE TRANSACTION 'it''s \\ open';
";

fn sql(finding: &Finding) -> Option<&str> {
    finding.remedy.starts_with("-- on blue").then_some(finding.remedy.as_str())
}

#[tokio::test]
async fn every_remedy_in_sql_mends_what_it_is_for() {
    for major in MAJORS {
        let server = Server::start(major);
        server.client("postgres").await.batch_execute("CREATE DATABASE shop").await.unwrap();
        server.psql(major, "shop", &[], MESSY);
        // Slots wait for prepared transactions, so they are made first.
        server.psql(major, "shop", &[], OTHERS);
        let install = [
            include_str!("../../src/postgres/sql/install/10_schema.sql"),
            include_str!("../../src/postgres/sql/install/20_gate.sql"),
            "INSERT INTO verdigris.state (uid, migration, side, system, timeline, closed) VALUES ('aaaabbbbcccc', 'ns/old', 'blue', 1, '1', false);",
        ];
        server.psql(major, "shop", &["-1"], &install.concat());
        server.client("postgres").await.batch_execute("ALTER SYSTEM SET max_slot_wal_keep_size = -1").await.unwrap();

        let before = world::blue_findings(&server).await;
        let reasons: BTreeSet<_> = world::reasons(&before).into_iter().map(str::to_owned).collect();
        for expected in [
            "TableWithoutIdentity",
            "IdentityFullUnusable",
            "UnloggedTable",
            "ForeignTable",
            "MaterializedView",
            "TriggerFiresOnApply",
            "EventTriggerAlways",
            "LargeObjects",
            "SequenceNearEnd",
            "ForeignSlot",
            "ForeignSubscription",
            "ForeignOrigin",
            "PreparedTransaction",
            "LeftoverSlot",
            "LeftoverPublication",
            "LeftoverRole",
            "LeftoverSubscription",
            "LeftoverRecords",
        ] {
            assert!(reasons.contains(expected), "{major}: no {expected} in {before:#?}");
        }
        let mut findings = before;
        // What holds locks goes first, as a human would do it.
        findings.sort_by_key(|finding| finding.reason != "PreparedTransaction");
        for finding in findings.iter().filter(|finding| !LEFT.contains(&finding.reason.as_str())) {
            if let Some(remedy) = sql(finding) {
                server.psql(major, "shop", &[], remedy);
            }
        }
        let after = world::blue_findings(&server).await;
        let left: BTreeSet<_> = world::reasons(&after).into_iter().filter(|reason| !LEFT.contains(reason)).collect();
        assert_eq!(left, BTreeSet::new(), "{major}: {after:#?}");
    }
}

/// As an earlier run leaves a blue that green took over from: closed, read-only, with its tombstone.
#[tokio::test]
async fn a_retired_side_is_opened_by_what_is_printed() {
    let earlier = Names::new("aaaabbbb-cccc-0000-0000-000000000000");
    for major in MAJORS {
        let server = Server::start(major);
        server.client("postgres").await.batch_execute("CREATE DATABASE shop").await.unwrap();
        server.client("shop").await.batch_execute("CREATE TABLE item (id int PRIMARY KEY)").await.unwrap();
        let retired = [
            "SET search_path = public;".to_owned(),
            state::install_sql(&earlier, "ns/old", Side::Blue, true),
            arm::BORN_CLOSED.to_owned(),
            "UPDATE verdigris.state SET closed_at = clock_timestamp();".to_owned(),
            include_str!("../../src/postgres/sql/cleanup/tombstone.sql").to_owned(),
            "ALTER DATABASE shop SET default_transaction_read_only = on;".to_owned(),
        ];
        server.psql(major, "shop", &["-1"], &retired.join("\n"));
        let write = "INSERT INTO item VALUES (1); CREATE TABLE more (id int)";
        let refused = server.client("shop").await.batch_execute(write).await.unwrap_err();
        assert_eq!(refused.code().unwrap().code(), "25006", "{major}");
        let findings = world::blue_findings(&server).await;
        let found = findings.iter().find(|finding| finding.reason == "LeftoverRetired");
        let found = found.unwrap_or_else(|| panic!("{major}: {findings:#?}"));
        assert!(found.message.contains("ns/old") && !found.message.contains("DROP"), "{found:?}");
        server.psql(major, "shop", &[], &found.remedy);
        server.client("shop").await.batch_execute(write).await.unwrap();
        let after = world::blue_findings(&server).await;
        assert!(!after.iter().any(|finding| finding.reason.starts_with("Leftover")), "{major}: {after:#?}");
    }
}

#[tokio::test]
async fn settings_are_mended_by_what_is_printed() {
    for major in MAJORS {
        let server = Server::start(major);
        let client = server.client("postgres").await;
        client.batch_execute("CREATE DATABASE shop").await.unwrap();
        client.batch_execute("ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (*)'").await.unwrap();
        if major >= 18 {
            client.batch_execute("ALTER SYSTEM SET idle_replication_slot_timeout = '10min'").await.unwrap();
        }
        client.batch_execute("SELECT pg_reload_conf()").await.unwrap();
        let wanted = if major >= 18 {
            vec!["IdleSlotTimeout", "SynchronousStandbyWildcard"]
        } else {
            vec!["SynchronousStandbyWildcard"]
        };
        until(&server, |reasons| wanted.iter().all(|wanted| reasons.iter().any(|reason| reason == wanted))).await;
        for finding in world::blue_findings(&server).await {
            // The names of the standbys are the user's to fill in.
            server.psql(major, "shop", &[], &finding.remedy.replace('…', ""));
        }
        until(&server, |reasons| reasons.is_empty()).await;
    }
}

async fn until(server: &Server, holds: impl Fn(&[String]) -> bool) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    loop {
        let findings = world::blue_findings(server).await;
        let reasons: Vec<_> = findings.iter().map(|finding| finding.reason.clone()).collect();
        if holds(&reasons) {
            return;
        }
        assert!(std::time::Instant::now() < deadline, "{}: {findings:#?}", server.major);
    }
}
