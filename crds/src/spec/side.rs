//! The two sides, as the API and every name spell them.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One of the two sides. Fixed for the life of a migration.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// Where the data comes from.
    Blue,
    /// Where it goes to.
    #[default]
    Green,
}

impl Side {
    /// The other side.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Blue => Self::Green,
            Self::Green => Self::Blue,
        }
    }

    /// `blue` or `green`, as it stands in names of objects.
    pub fn lower(self) -> &'static str {
        match self {
            Self::Blue => "blue",
            Self::Green => "green",
        }
    }
}

impl std::fmt::Display for Side {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Blue => "Blue",
            Self::Green => "Green",
        })
    }
}
