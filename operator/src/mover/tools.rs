//! `pg_dump` and `pg_restore` of green's major: the schema is theirs to read and write, never ours.
use std::path::PathBuf;
use std::process::Stdio;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use verdigris_crds::Side;

use super::error::{Doing, Error};
use super::settings::Settings;

/// Runs a program with `input` and returns what it wrote. It dies with us.
async fn run(mut command: Command, program: &str, input: &[u8]) -> Result<Vec<u8>, Error> {
    let doing = format!("running {program}");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().doing(&doing)?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input).await.doing(&doing)?;
    }
    let output = child.wait_with_output().await.doing(&doing)?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(Error::Tool {
        program: program.into(),
        message: output.status.to_string(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

fn program(settings: &Settings, major: i32, name: &str) -> Result<Command, Error> {
    let path = settings.pg_bins.join(major.to_string()).join("bin").join(name);
    if !path.is_file() {
        return Err(Error::permanent(
            "ToolMissing",
            format!(
                "the mover's image has no {}; use an image with the client tools of PostgreSQL {major}",
                path.display()
            ),
        ));
    }
    let mut command = Command::new(path);
    command.env_remove("PGSERVICE").env("LC_ALL", "C");
    Ok(command)
}

/// The schema of blue as an archive, as the snapshot shows it. Our records, and subscriptions, are not part of it.
pub async fn dump(settings: &Settings, major: i32, snapshot: &str) -> Result<Vec<u8>, Error> {
    let (host, port, user, password) = settings.login(Side::Blue);
    let mut command = program(settings, major, "pg_dump")?;
    command
        .args([
            "--format=custom",
            "--schema-only",
            "--no-tablespaces",
            "--no-subscriptions",
            "--exclude-schema=verdigris",
        ])
        .args(["--lock-wait-timeout=60s", &format!("--snapshot={snapshot}")])
        .env("PGHOST", host)
        .env("PGPORT", port.to_string())
        .env("PGUSER", user)
        .env("PGPASSWORD", password)
        .env("PGDATABASE", &settings.database)
        .env("PGAPPNAME", settings.names().application(0, "mover"))
        .env(
            "PGOPTIONS",
            format!("-c verdigris.session={} -c client_connection_check_interval=5s", settings.names().run()),
        );
    run(command, "pg_dump", &[]).await
}

/// An archive on disk for as long as this lives; `pg_restore` wants a file it can seek in.
#[derive(Debug)]
pub struct Archive {
    path: PathBuf,
    major: i32,
}

impl Archive {
    /// Writes it where only this user reads it.
    pub async fn write(major: i32, bytes: &[u8]) -> Result<Self, Error> {
        let path = std::env::temp_dir().join(format!("verdigris-{}.dump", uuid::Uuid::new_v4()));
        let me = Self { path, major };
        let doing = "writing the schema archive to the temporary directory";
        let mut file =
            tokio::fs::OpenOptions::new().create_new(true).write(true).mode(0o600).open(&me.path).await.doing(doing)?;
        file.write_all(bytes).await.doing(doing)?;
        file.flush().await.doing(doing)?;
        Ok(me)
    }

    /// Its table of contents for one section.
    pub async fn contents(&self, settings: &Settings, section: &str) -> Result<String, Error> {
        let mut command = program(settings, self.major, "pg_restore")?;
        command.args(["--list", &format!("--section={section}")]).arg(&self.path);
        text(run(command, "pg_restore", &[]).await?)
    }

    /// Its whole table of contents, each entry followed by what it depends on. (Verbose lists do not heed sections.)
    pub async fn dependencies(&self, settings: &Settings) -> Result<String, Error> {
        let mut command = program(settings, self.major, "pg_restore")?;
        command.args(["--list", "--verbose"]).arg(&self.path);
        text(run(command, "pg_restore", &[]).await?)
    }

    /// SQL of a whole section.
    pub async fn section(&self, settings: &Settings, section: &str) -> Result<String, Error> {
        let mut command = program(settings, self.major, "pg_restore")?;
        command.args(["--file=-", &format!("--section={section}")]).arg(&self.path);
        Ok(without_meta(&text(run(command, "pg_restore", &[]).await?)?))
    }

    /// SQL of the entries with these numbers, in this order.
    pub async fn entries(&self, settings: &Settings, ids: &[i64]) -> Result<String, Error> {
        let mut command = program(settings, self.major, "pg_restore")?;
        command.args(["--file=-", "--use-list=/dev/stdin"]).arg(&self.path);
        let list = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(
            ";
",
        ) + ";
";
        Ok(without_meta(&text(run(command, "pg_restore", list.as_bytes()).await?)?))
    }
}

impl Drop for Archive {
    fn drop(&mut self) {
        if let Err(lost) = std::fs::remove_file(&self.path) {
            tracing::debug!("{} is left behind: {lost}", self.path.display());
        }
    }
}

fn text(bytes: Vec<u8>) -> Result<String, Error> {
    String::from_utf8(bytes).map_err(|_| {
        Error::permanent(
            "EncodingFailed",
            "a name or a default in blue's schema is not valid UTF-8; rename it, then start the clone again",
        )
    })
}

/// Newer tools frame their output with two commands of psql's; they begin and end it, nothing else is touched.
fn without_meta(sql: &str) -> String {
    let Some((before, rest)) = sql.split_once("\n\\restrict ") else { return sql.into() };
    let Some((key, body)) = rest.split_once('\n') else { return sql.into() };
    let end = format!("\n\\unrestrict {}", key.trim_end());
    let (body, after) = body.rsplit_once(&end).unwrap_or((body, ""));
    format!("{before}\n{body}\n{after}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_frame_of_psql_commands_is_taken_off_and_nothing_else() {
        let sql = "--\n\n\\restrict abc\n\nSELECT '\n\\restrict x\n';\n\n\\unrestrict abc\n\n";
        assert_eq!(super::without_meta(sql), "--\n\n\nSELECT '\n\\restrict x\n';\n\n\n\n");
        assert_eq!(super::without_meta("SELECT 1;\n"), "SELECT 1;\n");
    }
}
