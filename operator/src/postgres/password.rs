//! Passwords of roles that we make: random, never stored, sent to the server as a SCRAM verifier only.
use rand::Rng;

/// A new password: 32 characters that need no quoting anywhere.
pub fn generate() -> Secret {
    let letters = rand::rng().sample_iter(rand::distr::Alphanumeric).take(32);
    Secret(letters.map(char::from).collect())
}

/// A password. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// From a Secret of Kubernetes.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The password itself: for a connection and nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What a server stores of it: a SCRAM-SHA-256 verifier.
    pub fn verifier(&self) -> String {
        postgres_protocol::password::scram_sha_256(self.0.as_bytes())
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_never_shown_and_never_twice_the_same() {
        let (one, two) = (generate(), generate());
        assert_ne!(one, two);
        assert_eq!(format!("{one:?}"), "…");
        assert!(one.verifier().starts_with("SCRAM-SHA-256$4096:"));
    }
}
