//! Roles belong to the server, so no stream carries them: a password that was changed on blue after the clone would be refused
//! on green. Here they are compared, and made equal. A verifier goes from server to server and is never kept, logged or shown.
use std::collections::BTreeMap;

use uuid::Uuid;
use verdigris_core::record::Epoch;

use super::connect::Session;
use super::error::{Error, Reason, Result};
use super::prepare::quietly;
use super::sql::Sql;

/// First version with options of memberships.
const OPTIONS: i32 = 160_000;

/// Makes roles and memberships of `from` on `to` as they are on `from`. What only `to` has stays. Returns what was made.
pub async fn carry(from: &Session, to: &Session, epoch: Epoch) -> Result<Vec<String>> {
    let objects = missing(from, to).await?;
    if objects.is_empty() {
        return Ok(objects);
    }
    let there = names(to, include_str!("sql/roles/there.sql")).await?;
    let sql = include_str!("sql/roles/statements.sql");
    let rows = from.rows(sql, &[&objects, &there, &options(&[from, to]), &options(&[to])]).await?;
    let statements = rows.iter().map(|row| from.get::<String>(row, 0)).collect::<Result<Vec<_>>>()?;
    let guard = Sql::new("SELECT verdigris.guard(:epoch, :'holder');").guard(epoch).render();
    let what = format!("cannot make roles as they are on {}: {}", from.side(), listed(&objects));
    quietly(to, &what, &format!("{guard}\n{};", statements.join(";\n"))).await?;
    let left = missing(from, to).await?;
    if left.is_empty() {
        return Ok(objects);
    }
    let what = format!("roles are not as they are on {}: {}", from.side(), listed(&left));
    Err(Error::condition(&to.place(), Reason::RolesDiffer, what))
}

/// Roles and memberships of `from` that `to` has not, or has otherwise. Not PostgreSQL's own, nor ours, nor those that the
/// servers were made with or that the Secrets name: each server has its own.
pub async fn missing(from: &Session, to: &Session) -> Result<Vec<String>> {
    let mut except = vec![from.target().user.clone(), to.target().user.clone()];
    for side in [from, to] {
        except.extend(names(side, include_str!("sql/roles/bootstrap.sql")).await?);
    }
    let word = Uuid::new_v4().to_string();
    let both = options(&[from, to]);
    let (wanted, there) = (seen(from, &word, &except, both).await?, seen(to, &word, &except, both).await?);
    Ok(wanted.into_iter().filter(|(name, hash)| there.get(name) != Some(hash)).map(|(name, _)| name).collect())
}

async fn seen(side: &Session, word: &str, except: &[String], options: bool) -> Result<BTreeMap<String, String>> {
    let rows = side.rows(include_str!("sql/roles/seen.sql"), &[&word, &except, &options]).await?;
    rows.iter().map(|row| Ok((side.get(row, 0)?, side.get(row, 1)?))).collect()
}

async fn names(side: &Session, sql: &'static str) -> Result<Vec<String>> {
    side.rows(sql, &[]).await?.iter().map(|row| side.get(row, 0)).collect()
}

fn options(sides: &[&Session]) -> bool {
    sides.iter().all(|side| side.version >= OPTIONS)
}

/// The first few of them.
fn listed(objects: &[String]) -> String {
    const SHOWN: usize = 5;
    let more = if objects.len() > SHOWN { " and more" } else { "" };
    format!("{}{more}", objects.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", "))
}
