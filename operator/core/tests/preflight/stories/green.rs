//! Room for green, and green's database beside blue's.
use verdigris_core::{fact::Fact, preflight::*};

use crate::{
    transcript::{Story, early, story},
    world::*,
};

fn storage(size: &'static str) -> impl Fn(&mut Request, &mut Facts) {
    move |request, _| {
        request.spec.green.provision.as_mut().unwrap().stateful_set.storage =
            Some(verdigris_crds::yaml::from_str(size).unwrap());
    }
}

fn workload(facts: &mut Facts) -> &mut WorkloadFacts {
    of(&mut facts.kubernetes.workload).as_mut().unwrap()
}

fn green_there(facts: &mut Facts, maker: Maker) {
    let claims = vec![ClaimTemplate { name: "wal".into(), bytes: Some(20 << 30) }];
    let found = WorkloadFacts { name: "orders-42-green".into(), replicas: 1, claims, volumes: Vec::new(), maker };
    facts.kubernetes.green_workload = Fact::Known(Some(found));
}

fn existing(facts: &mut Facts, request: &mut Request, claims: Vec<ClaimFacts>) {
    request.spec.green.provision = None;
    facts.kubernetes.green_claims = Fact::Known(claims);
}

pub fn volumes() -> Vec<Story> {
    vec![
        early("A StatefulSet of green's name exists", |_, facts| green_there(facts, Maker::Others)),
        early("A StatefulSet of green's name is an earlier migration's of this name", |_, facts| {
            green_there(facts, Maker::EarlierRun);
        }),
        early("A StatefulSet of green's name is this run's, with its claim", |_, facts| {
            green_there(facts, Maker::ThisRun);
            let own = ClaimFacts { name: "wal-orders-42-green-0".into(), bytes: Some(20 << 30) };
            facts.kubernetes.green_claims = Fact::Known(vec![own]);
        }),
        early("Whether green's name is free is not known", |_, facts| facts.kubernetes.green_workload = unknown()),
        early("A volume of an earlier green is left", |_, facts| {
            let left = ClaimFacts { name: "data-orders-42-green-0".into(), bytes: Some(20 << 30) };
            facts.kubernetes.green_claims = Fact::Known(vec![left]);
        }),
        early("Volume claims cannot be read", |_, facts| facts.kubernetes.green_claims = unknown()),
        early("Green's volume is too small", storage("5Gi")),
        early("Green's volume is smaller than blue's and large enough", storage("10Gi")),
        early("The size of green's volume is no size", storage("lots")),
        early("Blue keeps its data in no volume claim", |_, facts| workload(facts).claims.clear()),
        early("Blue keeps its data in no volume claim, and green shall have one", |request, facts| {
            storage("20Gi")(request, facts);
            workload(facts).claims.clear();
        }),
        early("Blue keeps its data in a claim that its pod template names", |_, facts| {
            workload(facts).claims.clear();
            workload(facts).volumes.push(volume("data", "persistentVolumeClaim"));
        }),
        early("Blue has a claim template, an archive on a host path and a volume of an unknown kind", |_, facts| {
            workload(facts).volumes.extend([volume("archive", "hostPath"), volume("new", "")]);
        }),
        early("Each pod has its own of every volume, or only reads it", |_, facts| {
            let kinds = ["downwardAPI", "ephemeral", "image", "projected", "secret"];
            workload(facts).volumes.extend(kinds.map(|kind| volume(kind, kind)));
        }),
        early("Blue shares a volume, and green is not made after it", |request, facts| {
            existing(facts, request, Vec::new());
            workload(facts).volumes.push(volume("archive", "nfs"));
        }),
        story("Green exists, with a volume that is too small", |request, facts| {
            existing(facts, request, vec![ClaimFacts { name: "data-green-0".into(), bytes: Some(1 << 30) }]);
        }),
        story("Green exists, and keeps its data in no volume claim", |request, facts| {
            existing(facts, request, Vec::new())
        }),
    ]
}

fn shop(server: &mut ServerFacts) -> &mut Database {
    &mut of(&mut server.databases)[1]
}

pub fn databases() -> Vec<Story> {
    vec![
        early("Two databases could be meant", |_, facts| {
            of(&mut blue(facts).databases).push(one_database("crm"));
            blue(facts).database = unknown();
        }),
        early("Only postgres is there", |_, facts| {
            of(&mut blue(facts).databases).pop();
            blue(facts).database = unknown();
        }),
        early("The database that the spec names is not there", |request, facts| {
            request.spec.databases = verdigris_crds::yaml::from_str("[{name: 'Shop \"1\"'}]").unwrap();
            blue(facts).database = unknown();
        }),
        early("The database allows no connections", |request, facts| {
            request.spec.databases = verdigris_crds::yaml::from_str("[{name: shop}]").unwrap();
            shop(blue(facts)).allows_connections = false;
            blue(facts).database = unknown();
        }),
        early("Another database has tables, a second one clients, a third is empty", |_, facts| {
            let mut broken = other("My \"Reports\"", false, false);
            broken.tables = unknown();
            blue(facts).others = Fact::Known(vec![
                other("billing", false, true),
                other("chat", true, false),
                other("empty", false, false),
                broken,
                other("postgres", true, false),
            ]);
        }),
        early("Somebody keeps tables in postgres", |request, facts| {
            request.spec.blue.selector = Some(labels("orders-blue"));
            blue(facts).others = Fact::Known(vec![other("postgres", false, true)]);
        }),
        early("The user has moved the clients of the other database", |request, facts| {
            request.spec.acknowledge = vec!["OtherDatabases".into()];
            blue(facts).others = Fact::Known(vec![other("billing", true, true)]);
        }),
        early("Other databases cannot be listed", |_, facts| blue(facts).others = unknown()),
        early("The database belongs to a superuser", |_, facts| shop(blue(facts)).owner = "postgres".into()),
        early("The database belongs to a superuser, another role migrates", |request, facts| {
            request.spec.databases = verdigris_crds::yaml::from_str("[{name: shop, migrationRole: app}]").unwrap();
            shop(blue(facts)).owner = "postgres".into();
        }),
        early("The role for migrations is a superuser", |request, _| {
            request.spec.databases = verdigris_crds::yaml::from_str("[{name: shop, migrationRole: postgres}]").unwrap();
        }),
        early("The database belongs to a superuser, there is nothing to migrate", |request, facts| {
            request.spec.migrations.clear();
            facts.kubernetes.config_maps.clear();
            shop(blue(facts)).owner = "postgres".into();
        }),
        early("Superusers cannot be listed", |_, facts| blue(facts).superusers = unknown()),
        early("Databases cannot be listed", |_, facts| blue(facts).databases = unknown()),
        early("The database cannot be looked into", |_, facts| blue(facts).database = unknown()),
        story("Green has no such database", |_, facts| {
            of(&mut green(facts).databases).pop();
            green(facts).database =
                Fact::Unknown(verdigris_core::fact::Problem::permanent("DatabaseMissing", "it does not exist"));
        }),
        story("Green's database has another encoding", |_, facts| shop(green(facts)).encoding = "SQL_ASCII".into()),
        story("Green's database is ordered otherwise", |_, facts| {
            let shop = shop(green(facts));
            shop.provider = "icu".into();
            shop.locale = Some("und".into());
        }),
        story("Green's collation library is newer", |_, facts| {
            shop(green(facts)).collation_version = Some("2.41".into())
        }),
        story("Green is not empty", |_, facts| {
            let objects = Objects { count: 2, first: vec!["table public.leftover".into(), "view public.v".into()] };
            inside(green(facts)).objects = Fact::Known(objects);
        }),
        story("Whether green is empty is not known", |_, facts| inside(green(facts)).objects = unknown()),
        story("Green holds what this run put there", |request, facts| {
            let inside = inside(green(facts));
            inside.objects = Fact::Known(Objects { count: 1, first: vec!["table public.orders".into()] });
            let record = LeftoverRecord {
                run: request.run.clone(),
                migration: "shop/orders-42".into(),
                closed: true,
                tombstone: None,
            };
            inside.leftover = Fact::Known(Leftover { schema: true, record: Some(record), triggers: 1 });
        }),
        story("Green lacks an extension, and has another version of one", |_, facts| {
            let extension = |name: &str, version: &str| Extension { name: name.into(), version: version.into() };
            of(&mut inside(blue(facts)).extensions)
                .extend([extension("pg_trgm", "1.6"), extension("postgis", "3.3.2")]);
            let offer = AvailableExtension { name: "postgis".into(), default_version: "3.5.0".into() };
            of(&mut green(facts).available).push(offer);
        }),
    ]
}
