//! What a mover says where no database takes its word: its termination message has reason and remedy, and nothing secret.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod support_mover;

use std::path::PathBuf;

use support_mover::{PASSWORD, Pair};
use verdigris::mover::{Command, Settings};
use verdigris_core::fact::Problem;

/// The file that Kubernetes makes for a pod; gone with the test.
struct Message(PathBuf);

impl Message {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("verdigris-termination-{}", uuid::Uuid::new_v4()));
        std::fs::write(&path, "what stood there before, and is longer than what comes after it: ".repeat(20)).unwrap();
        Self(path)
    }

    fn read(&self) -> Problem {
        let text = std::fs::read_to_string(&self.0).unwrap();
        for secret in [PASSWORD, "wrong one", "127.0.0.1", "postgres://"] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }
}

impl Drop for Message {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn commands(settings: &Settings) -> [Command; 2] {
    [Command::Clone(settings.clone()), Command::Compare(settings.clone())]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mover_that_cannot_be_heard_says_why_and_is_tried_again() {
    let pair = Pair::with(15, 15, "CREATE TABLE t (id int PRIMARY KEY)").await;
    let message = Message::new();
    let mut settings = Settings { termination_message: Some(message.0.clone()), ..pair.settings.clone() };

    // Refused logins are lasting. Recorded nowhere, they are an error, so that Kubernetes keeps a pause between two tries.
    (settings.blue_password, settings.green_password) = ("wrong one".into(), "wrong one".into());
    for command in commands(&settings) {
        command.run().await.unwrap_err();
        let told = message.read();
        assert_eq!((told.reason.as_str(), told.transient), ("LoginFailed", false));
        assert!(told.message.contains("of Green") && told.message.contains("pg_hba.conf"), "{}", told.message);
    }

    // Nobody listens.
    (settings.blue_password, settings.green_password) = (PASSWORD.into(), PASSWORD.into());
    let (blue, green) = (settings.blue_port, settings.green_port);
    (settings.blue_port, settings.green_port) = (1, 1);
    for command in commands(&settings) {
        command.run().await.unwrap_err();
        let told = message.read();
        assert_eq!((told.reason.as_str(), told.transient), ("ConnectionRefused", true));
        assert!(
            told.message.contains("of Green") && told.message.contains("Check that the server runs"),
            "{}",
            told.message
        );
    }

    // Green alone refuses. Of a comparison only green keeps the word, and the operator asks nobody else: it is tried again.
    // Of a clone blue takes it, and it is over until somebody mends it.
    (settings.blue_port, settings.green_port) = (blue, green);
    settings.green_password = "wrong one".into();
    Command::Compare(settings.clone()).run().await.unwrap_err();
    assert_eq!(pair.failures().await, "");
    Command::Clone(settings.clone()).run().await.unwrap();
    assert_eq!(message.read().reason, "LoginFailed");
    assert!(pair.failures().await.contains("LoginFailed"), "{}", pair.failures().await);
}
