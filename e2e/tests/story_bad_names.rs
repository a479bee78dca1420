//! Names with quotes, spaces, capitals, unicode and 63 bytes, and values at the ends of their types, there and back.
use serde_json::json;
use verdigris_e2e::{
    cluster::{LONG, SHORT, must, story, without_traces},
    verify::same_content,
};

/// 63 bytes, all that PostgreSQL holds.
const DATABASE: &str = "Gr\u{f6}\u{df}e \"db\" o'neil; $$ \\ %s {} \u{65e5}\u{672c}\u{8a9e} 0123456789 012345 789";
const OWNER: &str = "Own\"er d'\u{c9}t\u{e9}";

fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[test]
fn bad_names() {
    story("bad_names", |story| async move {
        must(DATABASE.len() == 63, format!("the name must have 63 bytes, not {}", DATABASE.len()))?;
        let database = story.shop().await?;
        let blue = database.blue_pod().await?;
        blue.run(&format!("CREATE ROLE {} LOGIN PASSWORD 'x''y'", ident(OWNER))).await?;
        blue.run(&format!("CREATE DATABASE {} OWNER {}", ident(DATABASE), ident(OWNER))).await?;
        let mine = blue.database(DATABASE);
        mine.role(OWNER, "x'y").run(include_str!("bad_names.sql")).await?;
        story.files("names", &[("0_names.sql", include_str!("bad_names_migration.sql"))]).await?;
        let migration = story
            .migrate(json!({"spec": {
                "databases": [{"name": DATABASE}],
                "migrations": [{"name": "names", "sql": {"configMapRef": {"name": "names"}}}],
                "cutover": {"policy": "Automatic"},
                // A smallint sequence is always near its end, and shop stays behind: the user says that it is meant so.
                "acknowledge": ["OtherDatabases", "SequenceNearEnd"],
            }}))
            .await?;
        migration.phase("RollbackWindow", LONG).await?;
        let green = database.green_pod().await?.database(DATABASE);
        same_content(&green, &mine).await?;
        let write = "INSERT INTO \"S p a c e\".\"T\"\"able\" (\"c,o'l\") VALUES ('on green') RETURNING \"I D\"";
        let id = green.role(OWNER, "x'y").value(write).await?;
        must(id.is_some(), "the owner writes on green")?;
        migration.condition("RollbackAvailable", "True", &[], SHORT).await?;
        migration.roll_back().await?;
        migration.phase("RolledBack", SHORT).await?;
        same_content(&mine, &green).await?;
        let on_blue = "SELECT count(*) FROM \"S p a c e\".\"T\"\"able\" WHERE \"c,o'l\" = 'on green'";
        must(mine.value(on_blue).await?.as_deref() == Some("1"), "green's write must be on blue")?;
        without_traces(&mine, &[], SHORT).await
    });
}
