//! The one place that touches serde_yaml, which is no longer maintained: see `docs/adr/0002-serde-yaml.md`.
//!
//! It only writes what this project generates and reads what its tests ship; user input reaches the operator as JSON.
use serde::{Serialize, de::DeserializeOwned};

/// What went wrong between YAML text and a value.
pub type Error = serde_yaml::Error;

/// Writes `value` as one YAML document.
///
/// # Errors
/// When the value has no YAML form (a map with a compound key).
pub fn to_string<T: Serialize>(value: &T) -> Result<String, Error> {
    serde_yaml::to_string(value)
}

/// Reads one YAML document.
///
/// # Errors
/// When the text is not YAML or not of this type; the error names line and column.
pub fn from_str<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    serde_yaml::from_str(text)
}
