//! Sequences: nothing stops `nextval`, so those of the side that will write are set ahead of the other side's.
use verdigris_core::record::Epoch;
use verdigris_core::switchover::sequence::{Sequence, Share, behind};

use super::connect::Session;
use super::error::Result;
use super::sql::{Sql, literal, qualified};

/// Reads the sequences of a side.
pub async fn read(session: &Session) -> Result<Vec<Sequence>> {
    let rows = session.rows(include_str!("sql/coverage/sequences.sql"), &[]).await?;
    rows.iter()
        .map(|row| {
            Ok(Sequence {
                schema: session.get(row, 0)?,
                name: session.get(row, 1)?,
                last: session.get(row, 2)?,
                start: session.get(row, 3)?,
                lead: session.get(row, 4)?,
                low: session.get(row, 5)?,
                high: session.get(row, 6)?,
            })
        })
        .collect()
}

/// Sets the sequences of `to` ahead of those of `from`, where they are not. Returns how many were set.
pub async fn set_ahead(from: &Session, to: &Session, epoch: Epoch) -> Result<usize> {
    let (theirs, ours) = tokio::try_join!(read(from), read(to))?;
    let late = behind(&theirs, &ours, Share::Whole);
    if let Some(sql) = set_sql(&late, epoch) {
        to.batch("cannot set sequences ahead", &sql).await?;
    }
    Ok(late.len())
}

/// SQL that sets sequences, guarded; `None` if there is nothing to set.
pub(crate) fn set_sql(values: &[(String, String, i64)], epoch: Epoch) -> Option<String> {
    if values.is_empty() {
        return None;
    }
    let list =
        values.iter().map(|(schema, name, value)| format!("({}, {value}::bigint)", literal(&qualified(schema, name))));
    let list = list.collect::<Vec<_>>().join(", ");
    Some(Sql::new(include_str!("sql/prepare/ceilings.sql")).guard(epoch).raw("values", list).render())
}
