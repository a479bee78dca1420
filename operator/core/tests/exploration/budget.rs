//! What may still happen: a world without bounds has no end.

/// What may still happen in this exploration.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Budget {
    pub writes: u8,
    /// All faults together.
    pub faults: u8,
    pub operator_crashes: u8,
    pub server_crashes: u8,
    pub lost: u8,
    pub delayed: u8,
    pub twice: u8,
    pub slow: u8,
    pub leases: u8,
    pub reverts: u8,
    pub old: u8,
    pub streams_off: u8,
    /// How often a physical standby is waited for in vain; beside the faults. After that it has everything at once.
    pub lags: u8,
}

impl Budget {
    /// Nothing goes wrong.
    pub fn none() -> Self {
        Self {
            writes: 0,
            faults: 0,
            operator_crashes: 0,
            server_crashes: 0,
            lost: 0,
            delayed: 0,
            twice: 0,
            slow: 0,
            leases: 0,
            reverts: 0,
            old: 0,
            streams_off: 0,
            lags: 0,
        }
    }
}
