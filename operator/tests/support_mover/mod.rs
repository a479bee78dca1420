//! A pair of servers for the mover's tests, with a run between them as the operator prepares it.
#![allow(dead_code, clippy::pedantic)]
use std::path::PathBuf;

use tokio_postgres::Client;
use verdigris::mover::{Command, Settings};
use verdigris_core::names::Names;
use verdigris_crds::Side;

#[path = "../support/server.rs"]
pub mod server;
pub use server::{PASSWORD, Server};

/// Where programs of PostgreSQL are: `<this>/<major>/bin`.
pub fn bins() -> PathBuf {
    let pg_dump = server::program(15, "pg_dump");
    let path = pg_dump.get_args().map(PathBuf::from).find(|arg| arg.ends_with("pg_dump"));
    let path = path.unwrap_or_else(|| pg_dump.get_program().into());
    path.ancestors().nth(3).expect("a directory").into()
}

/// Blue and green, and the run between them.
pub struct Pair {
    pub blue: Server,
    pub green: Server,
    pub settings: Settings,
}

pub const RUN: &str = "0123456789ab";
pub const DATABASE: &str = "Shop \"1\"";

impl Pair {
    /// Blue with `schema` and our records, open; green an empty server.
    pub async fn with(blue: u32, green: u32, schema: &str) -> Self {
        let (blue, green) = (Server::start(blue), Server::start(green));
        let settings = Settings {
            run: RUN.into(),
            database: DATABASE.into(),
            blue_host: "127.0.0.1".into(),
            blue_port: blue.port,
            blue_user: "postgres".into(),
            blue_password: PASSWORD.into(),
            green_host: "127.0.0.1".into(),
            green_port: green.port,
            green_user: "postgres".into(),
            green_password: PASSWORD.into(),
            workers: 2,
            pg_bins: bins(),
            termination_message: None,
        };
        let me = Self { blue, green, settings };
        let admin = me.blue.client("postgres").await;
        admin.batch_execute("CREATE ROLE \"Shop owner\" LOGIN PASSWORD 'secret'").await.expect("a role");
        admin
            .batch_execute(&format!("CREATE DATABASE {} OWNER \"Shop owner\"", ident(DATABASE)))
            .await
            .expect("a database");
        let client = me.blue.client(DATABASE).await;
        client.batch_execute(schema).await.expect("the schema");
        me.adopt().await;
        me
    }

    /// What the operator does on blue before a clone: records, publication.
    pub async fn adopt(&self) {
        let client = self.blue.client(DATABASE).await;
        for file in ["10_schema", "20_gate", "30_coverage", "35_objects", "40_work"] {
            let path = format!("{}/src/postgres/sql/install/{file}.sql", env!("CARGO_MANIFEST_DIR"));
            client.batch_execute(&std::fs::read_to_string(path).expect("a file")).await.expect("our records");
        }
        client
            .batch_execute(&format!(
                "INSERT INTO verdigris.state (uid, migration, side, system, timeline, closed) SELECT '{RUN}', 'shop/orders', 'blue', system_identifier, '00000001', false FROM pg_control_system();
                 INSERT INTO verdigris.excluded SELECT t.name, 'extension' FROM verdigris.tables t JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = t.rel AND d.deptype = 'e'
                   WHERE NOT EXISTS (SELECT FROM pg_extension x WHERE t.rel = ANY (x.extconfig));"
            ))
            .await
            .expect("our record");
        let row = client.query_one("SELECT coalesce(string_agg(', ' || name, ''), '') FROM verdigris.tables t WHERE carried AND name NOT IN (SELECT name FROM verdigris.excluded)", &[]).await.expect("tables");
        let list: String = row.get(0);
        let publication = names().publication(Side::Blue);
        client
            .batch_execute(&format!("CREATE PUBLICATION {publication} FOR TABLE verdigris.marker_blue{list}"))
            .await
            .expect("a publication");
    }

    /// Failures and notes that are recorded, on either side.
    pub async fn failures(&self) -> String {
        let mut all = String::new();
        for server in [&self.blue, &self.green] {
            let Ok(client) = server.try_client(DATABASE, "test").await else { continue };
            if text(&client, "SELECT to_regclass('verdigris.failure') IS NOT NULL").await == "(t)" {
                all += &text(&client, "SELECT step, reason, message, transient FROM verdigris.failure").await;
                all += &text(&client, "SELECT step, message FROM verdigris.note").await;
            }
        }
        all
    }

    pub async fn blue(&self) -> Client {
        self.blue.client(DATABASE).await
    }

    pub async fn green(&self) -> Client {
        self.green.client(DATABASE).await
    }
}

pub fn names() -> Names {
    Names::new(RUN)
}

pub fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The only column of the only row, as text.
pub async fn text(client: &Client, sql: &str) -> String {
    let row = client
        .query_one(&format!("SELECT coalesce((SELECT string_agg(q::text, E'\\n') FROM ({sql}) q), '')"), &[])
        .await;
    row.unwrap_or_else(|e| panic!("{sql}: {e:?}")).get(0)
}

/// Runs the mover of one migration.
pub async fn migrate(settings: Settings, files: &[(&str, &str)]) {
    let folder = folder(files);
    Command::Migrate { settings, migrations: folder.0.clone() }.run().await.unwrap();
}

/// Goes when it is dropped.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A folder as the operator mounts it: files of one migration, in order.
fn folder(files: &[(&str, &str)]) -> Folder {
    use sha2::Digest;
    let dir = std::env::temp_dir().join(format!("verdigris-mover-plan-{}", uuid::Uuid::new_v4()));
    std::fs::create_dir_all(dir.join("0")).expect("a folder");
    let mut list = Vec::new();
    for (name, sql) in files {
        std::fs::write(dir.join("0").join(name), sql).expect("a file");
        let sha = format!("{:x}", sha2::Sha256::digest(sql.as_bytes()));
        list.push(serde_json::json!({"name": name, "path": format!("0/{name}"), "sha256": sha}));
    }
    let plan = serde_json::json!({"role": null, "migrations": [{"name": "m", "files": list, "lockTimeoutSeconds": 2, "statementTimeoutSeconds": 60}]});
    std::fs::write(dir.join("plan.json"), plan.to_string()).expect("a plan");
    Folder(dir)
}
