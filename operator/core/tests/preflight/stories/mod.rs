//! The stories, one file a subject.
mod database;
mod green;
mod pods;
mod pooler;
mod replication;
mod servers;
mod service;
mod sources;

use crate::transcript::Story;

pub fn all() -> Vec<(&'static str, Vec<Story>)> {
    vec![
        ("service", service::shape()),
        ("selector-owners", service::owners()),
        ("pods", pods::stories()),
        ("pooler", pooler::stories()),
        ("sources", sources::stories()),
        ("volumes", green::volumes()),
        ("servers", servers::stories()),
        ("replication", replication::stories()),
        ("leftovers", replication::leftovers()),
        ("databases", green::databases()),
        ("tables", database::tables()),
        ("objects", database::objects()),
    ]
}
