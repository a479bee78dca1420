//! Servers: reachable, version, rights, settings, the way between them.
use verdigris_core::{
    fact::{Fact, Problem},
    preflight::*,
};

use crate::{
    transcript::{Story, early, story},
    world::*,
};

fn lost(reason: &'static str) -> impl Fn(&mut Request, &mut Facts) {
    move |_, facts| {
        facts.blue = Fact::Unknown(Problem::transient(reason, "cannot connect on blue (orders-42-blue.shop.svc:5432)"))
    }
}

fn refused(facts: &mut Facts) {
    let message = "cannot connect on green (orders-42-green.shop.svc:5432)";
    facts.green = Fact::Unknown(Problem::permanent("AuthenticationFailed", message));
}

fn way(outcome: Outcome) -> impl Fn(&mut Request, &mut Facts) {
    move |_, facts| of(&mut facts.connectivity.green_to_blue).outcome = outcome
}

fn set(change: impl Fn(&mut Settings) + 'static) -> impl Fn(&mut Request, &mut Facts) {
    move |_, facts| change(of(&mut blue(facts).settings))
}

pub fn stories() -> Vec<Story> {
    let mut stories = first();
    stories.extend(settings());
    stories.extend(ways());
    stories
}

fn first() -> Vec<Story> {
    vec![
        early("Nobody answers at blue's address", lost("ConnectionRefused")),
        early("Blue refuses the password", lost("AuthenticationFailed")),
        early("Blue cannot be asked for another reason", lost("Unexpected")),
        story("Green was made with another password than stands in blue's Secret", |_, facts| refused(facts)),
        story("An existing green does not take what stands in blue's Secret", |request, facts| {
            request.spec.green.provision = None;
            refused(facts);
        }),
        story("Green refuses what stands in its own Secret", |request, facts| {
            request.spec.green.admin_secret_ref =
                Some(verdigris_crds::LocalRef { name: "orders-42-green-admin".into() });
            refused(facts);
        }),
        early("Which server blue is cannot be read", |_, facts| blue(facts).server = unknown()),
        story("Green is a physical copy of blue", |_, facts| of(&mut green(facts).server).system_identifier = 7_301),
        story("Green is older than blue", |_, facts| of(&mut green(facts).server).version = 150_019).and_blue(160_015),
        early("Blue is PostgreSQL 14", |_, facts| of(&mut blue(facts).server).version = 140_020),
        story("Green is PostgreSQL 19", |_, facts| of(&mut green(facts).server).version = 190_000),
        early("The admin role is not a superuser", |_, facts| {
            blue(facts).role = Fact::Known(Role { name: "App Admin".into(), superuser: false });
        }),
        early("Rights of the admin role cannot be read", |_, facts| blue(facts).role = unknown()),
    ]
}

impl Story {
    fn and_blue(mut self, version: i32) -> Self {
        let before = self.change;
        self.change = Box::new(move |request, facts| {
            before(request, facts);
            of(&mut blue(facts).server).version = version;
        });
        self
    }
}

fn settings() -> Vec<Story> {
    vec![
        early("Settings cannot be read", |_, facts| blue(facts).settings = unknown()),
        early("wal_level is replica", set(|settings| settings.wal_level = "replica".into())),
        early("Idle slots are dropped", set(|settings| settings.idle_replication_slot_timeout = Some(3600))),
        early("Every standby is synchronous", set(|settings| settings.synchronous_standby_names = "ANY 1 (*)".into())),
        early("Nothing limits retained WAL", set(|settings| settings.max_slot_wal_keep_bytes = None)),
        early(
            "Retained WAL is limited below the budget",
            set(|settings| settings.max_slot_wal_keep_bytes = Some(1 << 30)),
        ),
        early("What is in use cannot be read", |_, facts| blue(facts).usage = unknown()),
        early("Everything is in use", |_, facts| {
            let full =
                Usage { replication_slots: 10, wal_senders: 9, logical_workers: 4, worker_processes: 8, origins: 9 };
            blue(facts).usage = Fact::Known(full);
        }),
        early("PostgreSQL 18 counts origins apart", |_, facts| {
            let settings = of(&mut blue(facts).settings);
            settings.max_active_replication_origins = Some(1);
        }),
    ]
}

fn ways() -> Vec<Story> {
    vec![
        story("Whether the servers reach each other was not tried", |_, facts| {
            facts.connectivity = ConnectivityFacts::default()
        }),
        story("pg_hba.conf of blue has no entry for green", way(Outcome::HbaRejected)),
        story("A network policy is in the way", way(Outcome::NoAnswer)),
        story("Nobody listens on blue's port", way(Outcome::Refused)),
        story("Green cannot resolve blue's name", way(Outcome::NameUnknown)),
        story("Blue refuses green's log-in", way(Outcome::PasswordRejected)),
        story("pg_hba.conf of green has no entry for blue", |_, facts| {
            of(&mut facts.connectivity.blue_to_green).outcome = Outcome::HbaRejected;
        }),
        story("Blue has no WAL sender left", way(Outcome::Busy)),
        story("Blue has no such database", way(Outcome::NoSuchDatabase)),
        story("Blue refuses green for another reason", way(Outcome::Other)),
    ]
}
