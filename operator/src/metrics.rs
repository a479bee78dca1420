//! Figures for Prometheus. No label ever holds a table, a row or a secret (I10).
use std::sync::atomic::AtomicU64;

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::{Registry, Unit},
};

/// Labels of one migration.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct Migration {
    /// `metadata.namespace`.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
}

/// Labels of a reconcile's result.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct Outcome {
    /// `success` or `error`.
    pub result: String,
}

/// All figures.
#[derive(Clone, Default)]
pub struct Metrics {
    /// Reconciles by result.
    pub reconciles: Family<Outcome, Counter>,
    /// Exact lag of the stream in bytes.
    pub lag_bytes: Family<Migration, Gauge>,
    /// WAL that our slot retains, bytes.
    pub retained_bytes: Family<Migration, Gauge>,
    /// Bytes copied.
    pub copied_bytes: Family<Migration, Gauge>,
    /// How long writers waited at the last switchover, seconds.
    pub write_block_seconds: Family<Migration, Gauge<f64, AtomicU64>>,
    /// Status writes.
    pub status_writes: Counter,
    /// Whether this process leads.
    pub leader: Gauge,
}

impl Metrics {
    /// Everything in the text format of OpenMetrics.
    pub fn text(&self) -> String {
        let mut registry = Registry::with_prefix("verdigris");
        registry.register("reconciles", "Reconciles by result", self.reconciles.clone());
        registry.register_with_unit(
            "replication_lag",
            "WAL that the receiving side has not confirmed",
            Unit::Bytes,
            self.lag_bytes.clone(),
        );
        registry.register_with_unit(
            "slot_retained",
            "WAL that our slot retains",
            Unit::Bytes,
            self.retained_bytes.clone(),
        );
        registry.register_with_unit("copied", "Bytes copied", Unit::Bytes, self.copied_bytes.clone());
        registry.register_with_unit(
            "write_block",
            "How long writers waited at the last switchover",
            Unit::Seconds,
            self.write_block_seconds.clone(),
        );
        registry.register("status_writes", "Writes of status", self.status_writes.clone());
        registry.register("leader", "Whether this process leads", self.leader.clone());
        let mut text = String::new();
        match encode(&mut text, &registry) {
            Ok(()) => text,
            Err(error) => format!("# {error}\n"),
        }
    }
}
