//! How a green that the operator makes is started: as blue is, with what the stream needs and what the user asks for.
use std::collections::BTreeMap;

/// How blue's pod template starts its server.
#[derive(Clone, Copy, Debug, Default)]
pub struct Start<'a> {
    /// `command` of the container.
    pub command: &'a [String],
    /// Its `args`.
    pub args: &'a [String],
    /// Names of its environment variables.
    pub environment: &'a [&'a str],
}

impl Start<'_> {
    fn says(&self, setting: &str) -> bool {
        let words = self.command.iter().chain(self.args);
        // As a long option a setting may be written with dashes.
        words.map(|word| word.to_ascii_lowercase().replace('-', "_")).any(|word| word.contains(setting))
    }

    /// An image that takes its settings from the environment (Bitnami's, Red Hat's), started by its own command: arguments would
    /// take that command's place.
    fn takes_no_arguments(&self) -> bool {
        self.command.is_empty()
            && self.args.is_empty()
            && self.environment.iter().any(|name| name.starts_with("POSTGRESQL_"))
    }
}

/// Arguments of green's server: blue's, then `parameters`, which win. `wal_level` is logical unless somebody says something: blue's may
/// stand in its volume, by `ALTER SYSTEM`, and green's volume is empty.
pub fn arguments(start: &Start<'_>, parameters: &BTreeMap<String, String>) -> Vec<String> {
    let said = start.says("wal_level") || parameters.keys().any(|name| name.eq_ignore_ascii_case("wal_level"));
    let silent = said || (parameters.is_empty() && start.takes_no_arguments());
    let own = (!silent).then_some(("wal_level", "logical"));
    let asked = parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let mut all = start.args.to_vec();
    for (name, value) in own.into_iter().chain(asked) {
        // Arguments take the place of the image's own, which name the server; behind a command they only follow it.
        if all.is_empty() && start.command.is_empty() {
            all.push("postgres".into());
        }
        all.extend(["-c".to_owned(), format!("{name}={value}")]);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn green(command: &[&str], args: &[&str], environment: &[&str], parameters: &[(&str, &str)]) -> String {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let (command, args) = (owned(command), owned(args));
        let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        arguments(&Start { command: &command, args: &args, environment }, &parameters).join(" ")
    }

    #[test]
    fn a_green_whose_blue_says_nothing_gets_what_the_stream_needs() {
        assert_eq!(green(&[], &[], &["POSTGRES_PASSWORD", "PGDATA"], &[]), "postgres -c wal_level=logical");
        let args = ["postgres", "-c", "shared_buffers=4GB"];
        assert_eq!(green(&[], &args, &[], &[]), "postgres -c shared_buffers=4GB -c wal_level=logical");
        assert_eq!(green(&["postgres", "-D", "/data"], &[], &[], &[]), "-c wal_level=logical");
    }

    #[test]
    fn what_somebody_says_of_wal_level_stands() {
        for args in [["-c", "wal_level=logical"], ["-c", "WAL_LEVEL = logical"], ["postgres", "--wal-level=logical"]] {
            assert_eq!(green(&[], &args, &[], &[]), args.join(" "));
        }
        assert_eq!(green(&["sh", "-c", "exec postgres -c wal_level=logical"], &[], &[], &[]), "");
        assert_eq!(green(&[], &[], &[], &[("Wal_Level", "replica")]), "postgres -c Wal_Level=replica");
    }

    #[test]
    fn parameters_come_last_and_win() {
        let parameters = [("max_connections", "300"), ("shared_buffers", "8GB")];
        assert_eq!(
            green(&[], &["-c", "shared_buffers=4GB"], &[], &parameters),
            "-c shared_buffers=4GB -c wal_level=logical -c max_connections=300 -c shared_buffers=8GB"
        );
        assert_eq!(green(&["postgres"], &[], &[], &[("wal_level", "logical")]), "-c wal_level=logical");
    }

    #[test]
    fn an_image_that_is_set_by_its_environment_keeps_its_own_start() {
        let environment = ["POSTGRESQL_WAL_LEVEL", "POSTGRES_PASSWORD"];
        assert_eq!(green(&[], &[], &environment, &[]), "");
        assert_eq!(green(&["/run.sh"], &[], &environment, &[]), "-c wal_level=logical");
        let parameters = [("work_mem", "64MB")];
        assert_eq!(green(&[], &[], &environment, &parameters), "postgres -c wal_level=logical -c work_mem=64MB");
    }
}
