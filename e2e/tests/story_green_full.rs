//! Green's disk is full: the run stops and says so, blue is read no more and can be left clean; with room, and the Job deleted, the clone goes on.
use serde_json::json;
use verdigris_e2e::cluster::{Blue, Database, Green, LONG, SHORT, must, must_be_open, story, without_traces};

#[test]
fn green_full() {
    story("green_full", |story| async move {
        let database = Database::blue(&story.kubectl, Blue { rows: 200_000, ..Blue::default() }).await?;
        database.existing_green(Green { image: "postgres:17" }).await?;
        story
            .kubectl
            .run(&["patch", "statefulset/shop-green", "-p", include_str!("../manifests/no-room.yaml")])
            .await?;
        story.kubectl.run(&["rollout", "status", "statefulset/shop-green", "--timeout=90s"]).await?;
        let server = database.green_pod().await?.database("postgres");
        server.run("COPY (SELECT 1) TO PROGRAM 'mkdir /small/space'").await?;
        server.run("CREATE TABLESPACE small LOCATION '/small/space'").await?;
        server.run("ALTER DATABASE shop SET TABLESPACE small").await?;
        let writers = story.writers(&database, 100)?;

        let migration = story.migrate(json!({"spec": {"green": {"provision": null}}})).await?;
        let seen = migration.condition("Stalled", "True", &["DiskFull"], LONG).await?;
        let (_, _, message) = seen.condition("Stalled").unwrap_or_default();
        for word in ["of green", "no space is left", "larger volume", "delete job shop-clone"] {
            must(message.contains(word), format!("the message must name {word}: {message}"))?;
        }
        must(seen.phase() == "Cloning", format!("it stays in its phase, not {}", seen.phase()))?;
        // Movers stopped by themselves: nobody reads blue again and again.
        story.kubectl.wait("job/shop-clone", "condition=Complete", SHORT).await?;
        let first = story.kubectl.value("job/shop-clone", "{.metadata.uid}").await?;

        // Room, and the word that there is.
        server.run("ALTER DATABASE shop SET TABLESPACE pg_default").await?;
        let now = story.kubectl.value("job/shop-clone", "{.metadata.uid}").await?;
        must(first == now && !first.is_empty(), "no other Job is made before the user says so")?;
        story.kubectl.run(&["delete", "job", "shop-clone"]).await?;
        migration.until("cloned", LONG, |seen| seen.is("Cloned", "True") && seen.is("Stalled", "False")).await?;

        let blue = database.blue_pod().await?;
        migration.delete(SHORT).await?;
        without_traces(&blue, &[], SHORT).await?;
        must_be_open(&blue).await?;
        let report = writers.stop().await.report();
        must(report.errors.is_empty(), format!("writers must not have noticed: {:?}", report.errors))
    });
}
