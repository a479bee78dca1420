//! Files that run statement by statement: what is done stays done, and a corrected file goes on behind it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod support_mover;

use support_mover::{Pair, text};
use verdigris::mover::Command;

async fn migrate(pair: &Pair, files: &[(&str, &str)]) {
    support_mover::migrate(pair.settings.clone(), files).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_without_a_transaction_goes_on_behind_what_is_done() {
    let pair = Pair::with(15, 17, "CREATE TABLE t (id int PRIMARY KEY)").await;
    Command::Clone(pair.settings.clone()).run().await.unwrap();
    let green = pair.green().await;
    let head = "-- verdigris: no-transaction\nCREATE SCHEMA other;\nSET search_path = other;\nCREATE TABLE seed (v int);\nINSERT INTO seed VALUES (1);\n";
    let file = |tail: &str| format!("{head}{tail}");
    let state = "SELECT state, line, sqlstate, statements FROM verdigris.migration";
    // What it began itself and did not end is undone, and so not counted.
    let wrong = file("BEGIN; INSERT INTO seed VALUES (2);\nCREATE INDEX ON nothing (v);\nCOMMIT;");
    migrate(&pair, &[("a.sql", &wrong)]).await;
    assert_eq!(text(&green, state).await, "(Failed,7,42P01,4)");
    // Nothing is done twice, and nothing done may change.
    for changed in [
        wrong.replace("VALUES (1)", "VALUES (3)"),
        wrong.replace("-- verdigris: no-transaction", "--"),
        "SELECT 1".into(),
    ] {
        let changed = changed.replace("BEGIN;", "").replace("COMMIT;", "");
        migrate(&pair, &[("a.sql", &changed)]).await;
        assert_eq!(text(&green, state).await, "(Failed,,DoneStatementsChanged,4)", "{changed}");
    }
    migrate(
        &pair,
        &[("a.sql", &file("BEGIN; INSERT INTO seed VALUES (2);\nCOMMIT;\nCREATE INDEX CONCURRENTLY ON seed (v);"))],
    )
    .await;
    assert_eq!(text(&green, state).await, "(Applied,,,8)");
    assert_eq!(text(&green, "SELECT string_agg(v::text, ' ' ORDER BY v) FROM other.seed").await, "(\"1 2\")");
    assert_eq!(text(&green, "SELECT count(*) FROM pg_indexes WHERE schemaname = 'other'").await, "(1)");
}
