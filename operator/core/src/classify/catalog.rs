//! What `catalog.sql` says of a database, with the identities that survive renames: oid of an object, number of a column.
//! Grants, comments and physical layout are left out on purpose: nothing that is carried depends on them.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// All of a database that classification looks at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Catalog {
    /// Tables and partitioned tables of the user.
    pub tables: Vec<Table>,
    /// Sequences of the user.
    pub sequences: Vec<Thing>,
    /// Enums, with their labels.
    pub enums: Vec<Thing>,
    /// Domains, with base type and constraints.
    pub domains: Vec<Thing>,
    /// Composite types, with their attributes.
    pub composites: Vec<Thing>,
    /// Extensions, with their versions.
    pub extensions: Vec<Thing>,
    /// Event triggers that fire on apply too.
    pub event_triggers: Vec<Thing>,
}

/// An object of which only identity, name and a definition matter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Thing {
    /// Its oid.
    pub oid: u32,
    /// Its name, qualified where it has a schema.
    pub name: String,
    /// Everything about it that matters, in words that the same server always chooses.
    pub def: String,
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Its oid.
    pub oid: u32,
    /// Qualified and quoted.
    pub name: String,
    /// `r`: table, `p`: partitioned table.
    pub kind: String,
    /// Replicated, or the parent of tables that are.
    pub carried: bool,
    /// Holds at least one row; looked at for tables that are not carried.
    pub filled: bool,
    /// Role.
    pub owner: String,
    /// `p`, `u` (unlogged).
    pub persistence: String,
    /// `d`, `f`, `i`, `n`, as `pg_class.relreplident`.
    pub identity: String,
    /// Row level security, and whether it binds the owner.
    pub security: String,
    /// Tables that it is a partition or child of, with the bounds.
    pub parents: Vec<String>,
    /// Columns that exist.
    pub columns: Vec<Column>,
    /// Constraints but NOT NULL, which is a column's.
    pub constraints: Vec<Constraint>,
    /// Indexes that no constraint owns.
    pub indexes: Vec<Index>,
    /// Triggers but the gate's; the definition holds the mode.
    pub triggers: Vec<Thing>,
    /// Rules.
    pub rules: Vec<Thing>,
    /// Policies.
    pub policies: Vec<Thing>,
    /// Functions that defaults, generated columns, constraints and indexes call.
    pub functions: Vec<Thing>,
}

/// A column.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Number: survives a rename, and is never given again.
    pub num: i16,
    /// Name, not quoted.
    pub name: String,
    /// Type with its modifier, and collation.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its type is a domain.
    pub domain: bool,
    /// NOT NULL.
    pub required: bool,
    /// Expression of the default, or of the generated column.
    pub default: Option<String>,
    /// `a`, `d` or empty, as `pg_attribute.attidentity`.
    pub identity: String,
    /// `s`, `v` or empty, as `pg_attribute.attgenerated`.
    pub generated: String,
}

/// A constraint.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Constraint {
    /// Its oid.
    pub oid: u32,
    /// Its name.
    pub name: String,
    /// `c`, `f`, `p`, `u`, `x`, `t`, as `pg_constraint.contype`.
    #[serde(rename = "type")]
    pub kind: String,
    /// As `pg_get_constraintdef` words it.
    pub def: String,
    /// Every row is known to meet it.
    pub validated: bool,
    /// The table that a foreign key points to.
    pub target: Option<u32>,
}

/// An index.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Index {
    /// Its oid.
    pub oid: u32,
    /// Its name.
    pub name: String,
    /// As `pg_get_indexdef` words it.
    pub def: String,
    /// Unique.
    pub unique: bool,
    /// The replica identity.
    pub identity: bool,
    /// Usable.
    pub valid: bool,
}

/// Rows that migrations changed in one table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rows {
    /// Rows inserted.
    pub inserted: i64,
    /// Rows updated.
    pub updated: i64,
    /// Rows deleted.
    pub deleted: i64,
    /// Times the table was truncated.
    pub truncated: i64,
}

/// Row changes by oid of the table.
pub type RowChanges = BTreeMap<u32, Rows>;
