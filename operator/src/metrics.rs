//! Figures for Prometheus. No label ever holds a table, a row or a secret (I10).
use std::sync::atomic::AtomicU64;

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::{Registry, Unit},
};
use verdigris_crds::Side;

/// Labels of one migration.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct Migration {
    /// `metadata.namespace`.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
}

impl Migration {
    /// Labels of this one.
    pub fn of(namespace: &str, name: &str) -> Self {
        Self { namespace: namespace.to_owned(), name: name.to_owned() }
    }
}

/// Labels of one side of a migration.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct OfSide {
    /// `metadata.namespace`.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
    /// `blue` or `green`.
    pub side: String,
}

impl OfSide {
    /// Labels of this side of it.
    pub fn of(migration: &Migration, side: Side) -> Self {
        Self { namespace: migration.namespace.clone(), name: migration.name.clone(), side: side.lower().to_owned() }
    }
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
    /// Most WAL that a slot of ours retains on a side, bytes.
    pub retained_bytes: Family<OfSide, Gauge>,
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
    /// There is no stream: its figures would stand still for ever.
    pub fn no_stream(&self, migration: &Migration) {
        self.lag_bytes.remove(migration);
    }

    /// What slots of a side retain; `None`: there are none, or it could not be seen.
    pub fn retained(&self, migration: &Migration, side: Side, bytes: Option<i64>) {
        let labels = OfSide::of(migration, side);
        match bytes {
            Some(bytes) => drop(self.retained_bytes.get_or_create(&labels).set(bytes)),
            None => drop(self.retained_bytes.remove(&labels)),
        }
    }

    /// The run is over; how long writers waited is still worth reading.
    pub fn over(&self, migration: &Migration) {
        self.no_stream(migration);
        for side in [Side::Blue, Side::Green] {
            self.retained(migration, side, None);
        }
        self.copied_bytes.remove(migration);
    }

    /// The object is gone.
    pub fn gone(&self, migration: &Migration) {
        self.over(migration);
        self.write_block_seconds.remove(migration);
    }

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
            "Most WAL that a slot of ours retains on a side",
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_go_with_what_they_speak_of() {
        let metrics = Metrics::default();
        let (one, other) = (Migration::of("shop", "one"), Migration::of("shop", "other"));
        for migration in [&one, &other] {
            metrics.lag_bytes.get_or_create(migration).set(1);
            metrics.retained(migration, Side::Blue, Some(1));
            metrics.copied_bytes.get_or_create(migration).set(1);
            metrics.write_block_seconds.get_or_create(migration).set(1.0);
        }
        let lines = |name: &str| metrics.text().lines().filter(|l| l.contains(&format!("name=\"{name}\""))).count();
        assert_eq!((lines("one"), lines("other")), (4, 4));
        metrics.no_stream(&one);
        assert_eq!(lines("one"), 3);
        metrics.retained(&one, Side::Blue, None);
        assert_eq!(lines("one"), 2);
        metrics.over(&one);
        assert_eq!(
            (lines("one"), metrics.text().contains("write_block_seconds{namespace=\"shop\",name=\"one\"}")),
            (1, true)
        );
        metrics.gone(&one);
        assert_eq!((lines("one"), lines("other")), (0, 4));
    }
}
