//! What the questions see, on every version.
use verdigris::observe::preflight as observe;
use verdigris_core::preflight::{DatabaseFacts, Identity, Table, TableKind};

use crate::{MAJORS, server::Server, world};

/// One of everything that preflight has to say something about, under names that need quoting.
pub const MESSY: &str = include_str!("messy.sql");

fn table<'a>(facts: &'a DatabaseFacts, name: &str) -> &'a Table {
    facts.tables.known().unwrap().iter().find(|table| table.name == name).unwrap_or_else(|| panic!("{name}"))
}

#[tokio::test]
async fn sound_pairs_pass_whatever_the_versions() {
    for (blue, green) in [(15, 17), (16, 16), (17, 18), (18, 18), (15, 15)] {
        let (blue, green) = (Server::start(blue), Server::start(green));
        for server in [&blue, &green] {
            server.client("postgres").await.batch_execute("CREATE DATABASE shop").await.unwrap();
        }
        let shop = blue.client("shop").await;
        shop.batch_execute("CREATE TABLE orders (id serial PRIMARY KEY, note json); INSERT INTO orders DEFAULT VALUES")
            .await
            .unwrap();
        let mut findings = world::findings(&blue, &green).await;
        if blue.major == green.major {
            // Servers of one version are copies of one cluster here, and that is seen.
            assert!(world::reasons(&findings).contains(&"SameServer"), "{findings:#?}");
            findings.retain(|finding| finding.reason != "SameServer");
        }
        // The default of the setting, and different templates of one library, are worth no more than a note.
        assert_eq!(world::reasons(&findings), ["SlotWalLimit"], "{} -> {}: {findings:#?}", blue.major, green.major);
    }
}

#[tokio::test]
async fn green_that_is_older_is_refused() {
    let (blue, green) = (Server::start(17), Server::start(16));
    for server in [&blue, &green] {
        server.client("postgres").await.batch_execute("CREATE DATABASE shop").await.unwrap();
    }
    let findings = world::findings(&blue, &green).await;
    assert!(world::reasons(&findings).contains(&"GreenOlderThanBlue"), "{findings:#?}");
}

#[tokio::test]
async fn everything_in_a_messy_database_is_seen() {
    for major in MAJORS {
        let server = Server::start(major);
        server.client("postgres").await.batch_execute("CREATE DATABASE shop").await.unwrap();
        server.psql(major, "shop", &[], MESSY);
        let facts = observe::database(&server.client("shop").await, "shop").await;
        assert_eq!(table(&facts, "keyed").identity, Identity::Key, "{major}");
        assert_eq!(table(&facts, "by index").identity, Identity::Key);
        assert_eq!(table(&facts, "whole").identity, Identity::Full);
        assert_eq!(table(&facts, "nothing").identity, Identity::Missing);
        assert_eq!(table(&facts, "nothing").candidate.as_deref(), Some("nothing_pkey"));
        let strange = table(&facts, "Tä\"b le;\n--x");
        assert_eq!((strange.identity, strange.candidate.as_deref()), (Identity::Missing, None));
        assert_eq!(table(&facts, "nullable").candidate, None, "a nullable column names no row");
        assert_eq!(table(&facts, "partial").candidate, None);
        assert_eq!(table(&facts, "deferred").identity, Identity::Missing, "a deferrable key names no row");
        assert_eq!(table(&facts, "uncomparable").no_equality, ["a", "b", "c", "d", "e"]);
        assert_eq!(table(&facts, "comparable").no_equality, [] as [&str; 0]);
        assert_eq!(table(&facts, "parted").kind, TableKind::Partitioned);
        assert_eq!(table(&facts, "remote").kind, TableKind::Foreign);
        assert_eq!(table(&facts, "summed").kind, TableKind::MaterializedView);
        assert!(table(&facts, "cache").unlogged);
        let triggers = facts.triggers.known().unwrap();
        assert_eq!(
            triggers.iter().map(|found| (found.name.as_str(), found.always)).collect::<Vec<_>>(),
            [("a", true), ("r", false)]
        );
        assert_eq!(facts.event_triggers.known().unwrap().len(), 1);
        assert_eq!(facts.large_objects.known(), Some(&2));
        assert!(facts.extensions.known().unwrap().iter().any(|found| found.name == "citext"));
        let offered =
            observe::server(&server.client("postgres").await, verdigris_core::preflight::not_asked()).await.available;
        assert!(offered.known().unwrap().iter().any(|found| found.name == "citext"));
        let narrow = facts.sequences.known().unwrap().iter().find(|found| found.name == "narrow_id_seq").unwrap();
        assert_eq!((narrow.data_type.as_str(), narrow.last, narrow.maximum), ("smallint", Some(1), 32767));
        let objects = facts.objects.known().unwrap();
        assert!(objects.count > 15 && objects.first.len() <= 20, "{objects:?}");
        assert!(!objects.first.iter().any(|object| object.contains("citext")), "{objects:?}");
    }
}

#[tokio::test]
async fn an_empty_database_is_empty_and_an_extension_does_not_fill_it() {
    for major in MAJORS {
        let server = Server::start(major);
        let client = server.client("postgres").await;
        let count = |facts: DatabaseFacts| facts.objects.known().unwrap().count;
        assert_eq!(count(observe::database(&client, "postgres").await), 0, "{major}");
        client.batch_execute("CREATE EXTENSION citext; CREATE EXTENSION pg_trgm").await.unwrap();
        assert_eq!(count(observe::database(&client, "postgres").await), 0, "{major}");
        for made in [
            "CREATE SCHEMA s",
            "CREATE TYPE e AS ENUM ('a')",
            "CREATE FUNCTION f() RETURNS int RETURN 1",
            "CREATE SEQUENCE q",
        ] {
            client.batch_execute(&format!("BEGIN; {made}")).await.unwrap();
            client.batch_execute("COMMIT").await.unwrap();
        }
        assert_eq!(count(observe::database(&client, "postgres").await), 4, "{major}");
    }
}

#[tokio::test]
async fn what_runs_left_is_seen() {
    for major in MAJORS {
        let server = Server::start(major);
        server.client("postgres").await.batch_execute("CREATE DATABASE shop").await.unwrap();
        let shop = server.client("shop").await;
        let install = [
            include_str!("../../src/postgres/sql/install/10_schema.sql"),
            include_str!("../../src/postgres/sql/install/20_gate.sql"),
        ];
        server.psql(major, "shop", &["-1"], &install.concat());
        let empty = observe::database(&shop, "shop").await.leftover;
        assert!(empty.known().unwrap().schema && empty.known().unwrap().record.is_none());
        let record = "INSERT INTO verdigris.state (uid, migration, side, system, timeline, closed, tombstone)
            VALUES ('aaaabbbbcccc', 'ns/old', 'blue', 1, '00000001', true, 'cut over')";
        shop.batch_execute(record).await.unwrap();
        let left = observe::database(&shop, "shop").await.leftover;
        let left = left.known().unwrap().record.clone().unwrap();
        assert_eq!(
            (left.run.as_str(), left.closed, left.tombstone.as_deref()),
            ("aaaabbbbcccc", true, Some("cut over"))
        );
        shop.batch_execute(
            "DROP SCHEMA verdigris CASCADE; CREATE SCHEMA verdigris; CREATE TABLE verdigris.state (x int)",
        )
        .await
        .unwrap();
        let strange = observe::database(&shop, "shop").await.leftover;
        assert!(strange.known().unwrap().schema && strange.known().unwrap().record.is_none(), "somebody else's schema");
    }
}

#[tokio::test]
async fn locks_of_others_do_not_hold_us_up() {
    let server = Server::start(15);
    let (mine, theirs) = (server.client("postgres").await, server.client("postgres").await);
    theirs
        .batch_execute("CREATE TABLE t (id int PRIMARY KEY); COMMIT; BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    let started = std::time::Instant::now();
    assert_eq!(observe::database(&mine, "postgres").await.tables.known().unwrap().len(), 1);
    assert!(started.elapsed() < std::time::Duration::from_secs(5));
}

#[tokio::test]
async fn a_session_that_is_gone_leaves_everything_unknown() {
    let server = Server::start(16);
    let client = server.client("postgres").await;
    server.kill();
    let facts = observe::server(&client, verdigris_core::preflight::not_asked()).await;
    assert_eq!(facts.settings.problem().unwrap().reason, "ReplyLost");
    assert!(facts.server.known().is_none() && facts.slots.known().is_none());
}

#[tokio::test]
async fn a_role_without_rights_is_told_so() {
    for major in MAJORS {
        let server = Server::start(major);
        let admin = server.client("postgres").await;
        admin.batch_execute("CREATE DATABASE shop; ").await.unwrap();
        let shop = server.client("shop").await;
        shop.batch_execute("CREATE ROLE app; SET ROLE app").await.unwrap();
        let facts = observe::server(&shop, verdigris_core::preflight::not_asked()).await;
        let role = facts.role.known().unwrap();
        assert_eq!((role.name.as_str(), role.superuser), ("app", false));
    }
}

#[tokio::test]
async fn every_question_runs_in_psql() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/observe/preflight/sql");
    for major in MAJORS {
        let server = Server::start(major);
        for file in std::fs::read_dir(&folder).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            if name == "leftover_record" {
                continue; // needs the records: see what_runs_left_is_seen
            }
            let conninfo = format!(
                "conninfo=host=127.0.0.1 port={} dbname=postgres user=postgres password='pa\\'ss \\\\ word\"'",
                server.port
            );
            let args = match name.as_str() {
                "connect" => vec!["-v", "name=probe", "-v", conninfo.as_str()],
                "probe_make" => vec!["-1", "-v", "role=verdigris_aaaabbbbcccc_probe", "-v", "verifier=random"],
                "probe_drop" => {
                    server.psql(major, "postgres", &[], "CREATE ROLE tried");
                    vec!["-1", "-v", "role=tried"]
                }
                _ => vec![],
            };
            server.psql(major, "postgres", &args, &std::fs::read_to_string(&path).unwrap());
        }
    }
}

#[tokio::test]
async fn of_several_pods_each_is_asked() {
    let one = Server::start(15);
    let mut facts = world::kubernetes();
    let mut pods = facts.pods.known().unwrap().clone();
    let target = one.target(verdigris_crds::Side::Blue, "postgres");
    pods[0].ip = Some("127.0.0.1".into());
    let mut second = pods[0].clone();
    second.name = "blue-1".into();
    second.ip = Some("127.0.0.2".into());
    pods.push(second);
    facts.pods = verdigris_core::fact::Fact::Known(pods);
    observe::ask_pods(&mut facts, &world::request().spec, &world::names(), verdigris_crds::Side::Blue, &target).await;
    let pods = facts.pods.known().unwrap();
    assert_eq!(pods[0].in_recovery.known(), Some(&false));
    assert!(pods[1].in_recovery.known().is_none(), "green's only pod is not asked");
    assert_eq!(pods[2].in_recovery.problem().unwrap().reason, "ConnectionRefused");
}

#[tokio::test]
async fn other_databases_with_tables_or_clients_are_seen() {
    for major in MAJORS {
        let server = Server::start(major);
        let admin = server.client("postgres").await;
        for name in ["shop", "billing", "chat", "empty", "refusing"] {
            admin.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        }
        admin.batch_execute("ALTER DATABASE refusing ALLOW_CONNECTIONS false").await.unwrap();
        server.client("billing").await.batch_execute("CREATE TABLE invoice (id int PRIMARY KEY)").await.unwrap();
        server.client("empty").await.batch_execute("CREATE EXTENSION citext; CREATE VIEW v AS SELECT 1").await.unwrap();
        let _client = server.client("chat").await;
        let others = world::side(&server).await.others;
        let seen: Vec<_> = others.known().unwrap().iter().map(|o| (o.name.as_str(), o.tables.known())).collect();
        assert_eq!(
            seen,
            [("billing", Some(&true)), ("chat", Some(&false)), ("empty", Some(&false)), ("postgres", Some(&false))],
            "{major}"
        );
        assert!(others.known().unwrap()[1].sessions, "{major}");
        let findings = world::blue_findings(&server).await;
        let told = findings.iter().find(|finding| finding.reason == "OtherDatabases").unwrap();
        assert!(
            told.message.contains("billing, chat") && told.remedy.contains("DROP DATABASE \"billing\";"),
            "{told:?}"
        );
    }
}

#[tokio::test]
async fn whoever_is_or_may_become_a_superuser_is_seen() {
    for major in MAJORS {
        let server = Server::start(major);
        let admin = server.client("postgres").await;
        admin
            .batch_execute("CREATE ROLE app; CREATE ROLE boss SUPERUSER; CREATE ROLE deputy; GRANT boss TO deputy")
            .await
            .unwrap();
        let facts = observe::server(&admin, verdigris_core::preflight::not_asked()).await;
        assert_eq!(*facts.superusers.known().unwrap(), ["boss", "deputy", "postgres"], "{major}");
    }
}
