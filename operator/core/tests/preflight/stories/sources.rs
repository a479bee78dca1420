//! Secrets, ConfigMaps, other migrations.
use verdigris_core::{fact::Fact, preflight::*};

use crate::{
    transcript::{Story, early},
    world::*,
};

fn other(name: &str) -> OtherMigration {
    OtherMigration {
        name: name.into(),
        service: "orders-db".into(),
        blue: "orders-blue".into(),
        green: Some(format!("{name}-green")),
        phase: Some("Cloning".into()),
        finalizer: true,
        older: true,
    }
}

fn beside(other: OtherMigration) -> impl Fn(&mut Request, &mut Facts) {
    move |_, facts| facts.kubernetes.migrations = Fact::Known(vec![other.clone()])
}

pub fn stories() -> Vec<Story> {
    vec![
        early("The Secret does not exist", |_, facts| facts.kubernetes.secrets[0].keys = Fact::Known(None)),
        early("The Secret cannot be read", |_, facts| facts.kubernetes.secrets[0].keys = unknown()),
        early("The Secret has no password", |_, facts| {
            facts.kubernetes.secrets[0].keys = Fact::Known(Some(vec!["username".into()]));
        }),
        early("The ConfigMap of a migration does not exist", |_, facts| {
            facts.kubernetes.config_maps[0].keys = Fact::Known(None);
        }),
        early("The ConfigMap of a migration cannot be read", |_, facts| {
            facts.kubernetes.config_maps[0].keys = unknown()
        }),
        early("The ConfigMap of a migration is empty", |_, facts| {
            facts.kubernetes.config_maps[0].keys = Fact::Known(Some(Vec::new()));
        }),
        early("Another migration is under way on the same blue", beside(other("orders-41"))),
        early(
            "Another migration began although it is younger",
            beside(OtherMigration { older: false, ..other("orders-43") }),
        ),
        early(
            "A younger migration waits for this one",
            beside(OtherMigration {
                older: false,
                finalizer: false,
                phase: Some("Preflight".into()),
                ..other("orders-43")
            }),
        ),
        early(
            "An earlier migration of the same blue is over",
            beside(OtherMigration { finalizer: false, phase: Some("RolledBack".into()), ..other("orders-41") }),
        ),
        early(
            "Another migration makes the database that is blue here",
            beside(OtherMigration {
                service: "other".into(),
                blue: "other-blue".into(),
                green: Some("orders-blue".into()),
                ..other("orders-41")
            }),
        ),
        early(
            "Another migration would make a green of the same name",
            beside(OtherMigration {
                service: "other".into(),
                blue: "other-blue".into(),
                green: Some("orders-42-green".into()),
                ..other("orders-41")
            }),
        ),
        early("Other migrations cannot be listed", |_, facts| facts.kubernetes.migrations = unknown()),
    ]
}
