//! The role that a connection from one server to the other is tried with. The statement that tries it leaves its password in
//! WAL and in a dead row, so it must be worth nothing to anybody: a random one, of a role that lives for the try alone.
use tokio_postgres::Client;
use verdigris_core::{fact::Fact, names::Names, preflight::Attempt};

use super::connectivity::attempt;
use crate::postgres::{
    connect::{Session, Target},
    error::Result,
    password::{self, Secret},
    prepare::quietly,
    sql::Sql,
};

/// Lets the server of `from` connect to that of `to` (a superuser's session that does nothing else), as its subscription will.
/// A process that dies in between leaves a role whose password ends within a minute; the next try takes it away.
pub async fn probe(from: &Client, to: &Session, names: &Names) -> Fact<Attempt> {
    let (role, password) = (names.probe(), password::generate());
    if let Err(error) = make(to, &role, &password).await {
        return Fact::Unknown(error.problem());
    }
    let target = Target { user: role.clone(), password, ..to.target().clone() };
    let tried = attempt(from, names.run(), &target).await;
    let dropped = Sql::new(include_str!("sql/probe_drop.sql")).text("role", role).render();
    match to.batch("cannot drop the role of a try", &dropped).await {
        Ok(()) => tried,
        Err(error) => Fact::Unknown(error.problem()),
    }
}

async fn make(to: &Session, role: &str, password: &Secret) -> Result<()> {
    let sql = Sql::new(include_str!("sql/probe_make.sql")).text("role", role).text("verifier", password.verifier());
    quietly(to, "cannot make the role of a try", &sql.render()).await
}
