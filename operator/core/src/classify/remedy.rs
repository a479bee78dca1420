//! Ways out, by reason. Reasons are part of the API.

const EXPAND: &str = "Expand first, contract later: let this migration only add, and change or drop in a new one after the rollback window.";
const ROWS: &str = "Take statements that change existing rows out of this migration; run them after the cutover, as ordinary work on green.";
const STRICTER: &str = "Add it after the cutover: as NOT VALID or CONCURRENTLY first, then validate.";
const OTHER: &str = "Take this change out of the migration, and make it after the rollback window.";

/// Every reason, with the way out.
pub const REASONS: [(&str, &str); 27] = [
    ("RowsChanged", ROWS),
    ("TypeChanged", EXPAND),
    ("ColumnDropped", EXPAND),
    ("ColumnRenamed", EXPAND),
    ("TableDropped", EXPAND),
    ("TableRenamed", EXPAND),
    ("TableRebuilt", EXPAND),
    ("PrimaryKeyChanged", OTHER),
    ("ReplicaIdentityChanged", OTHER),
    ("ConstraintAdded", STRICTER),
    ("ConstraintDropped", OTHER),
    ("UniqueIndexAdded", STRICTER),
    ("IndexDropped", OTHER),
    ("TriggerAdded", OTHER),
    ("TriggerChanged", OTHER),
    ("EnumChanged", OTHER),
    ("DomainChanged", OTHER),
    ("GeneratedChanged", OTHER),
    ("IdentityChanged", OTHER),
    ("DefaultChanged", OTHER),
    ("SequenceChanged", OTHER),
    ("PartitionAdded", "Add partitions on blue before the migration starts, or on green after the rollback window."),
    ("OwnerChanged", OTHER),
    ("PolicyChanged", OTHER),
    ("FunctionChanged", OTHER),
    ("ExtensionChanged", OTHER),
    ("UnrecognisedChange", OTHER),
];

/// The way out of a finding.
pub fn of(reason: &str) -> &'static str {
    REASONS.iter().find(|(known, _)| *known == reason).map_or(OTHER, |(_, remedy)| remedy)
}
