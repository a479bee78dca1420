//! Facts from servers and from the API server. Nothing is decided here: what cannot be seen is `Fact::Unknown`.
pub mod preflight;
