//! Materialized views are not replicated: green's are filled by green itself, after the rows and before each full comparison.
use serde_json::json;
use tokio_postgres::Client;

use super::error::Error;
use super::{failure, session};

/// Reason of the finding about a view that could not be refreshed.
const REASON: &str = "MaterializedViewNotRefreshed";

/// Fills a materialized view, as its owner.
pub async fn refresh(green: &Client, name: &str) -> Result<(), Error> {
    let doing = format!("refreshing materialized view {name} on green");
    session::batch(green, &doing, &format!("REFRESH MATERIALIZED VIEW {name}; ANALYZE {name}")).await
}

/// Refreshes every populated view of green, each after those it reads. One that cannot be is no reason to stop: blue's may be
/// as old. It stands in the plan until it can be. The server's words are kept on green.
pub async fn refresh_all(green: &Client, step: &str) -> Result<(), Error> {
    let rows = session::all(green, "listing materialized views", include_str!("sql/matviews.sql"), &[]).await?;
    for row in rows {
        let name: String = session::column(&row, "name")?;
        let subject = format!("materialized view {name} on green");
        let sql = "DELETE FROM verdigris.finding WHERE reason = $1 AND object = $2";
        session::execute(green, "forgetting a finding", sql, &[&REASON, &subject]).await?;
        let Err(error) = refresh(green, &name).await else { continue };
        let code = error.sqlstate().map_or("", tokio_postgres::error::SqlState::code);
        // A lost connection, a deadlock, no room, a server that goes down: those are no matter of the view.
        if code.is_empty() || ["40", "53", "57", "58"].iter().any(|class| code.starts_with(class)) {
            return Err(error);
        }
        tracing::warn!("{error}");
        let finding = json!([{
            "reason": REASON, "subject": subject, "severity": "Note",
            "message": format!("Materialized view {name} of green could not be refreshed (SQLSTATE {code}): it is as old as its last refresh there. The server's words are in verdigris.note on green."),
            "remedy": format!("-- on green, after the cutover\nREFRESH MATERIALIZED VIEW {name};"),
        }]);
        session::execute(green, "writing a finding", include_str!("sql/finding_write.sql"), &[&finding]).await?;
        if let Some(words) = error.words() {
            failure::note(green, step, &words).await;
        }
    }
    Ok(())
}
