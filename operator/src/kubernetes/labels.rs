//! Labels, owners and managers of what we make. Labels of the object itself are never passed on: Argo CD and Flux would
//! take our children for theirs and prune them.
use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use kube::Resource;
use verdigris_core::{fact::Problem, names::Names, preflight::Maker};
use verdigris_crds::DatabaseMigration;

use super::Error;

/// Field manager of everything we apply but the client Service's selector.
pub const MANAGER: &str = "verdigris";
/// Field manager of `spec.selector` of the client Service, so that ignore rules can name it alone.
pub const TRAFFIC_MANAGER: &str = "verdigris-traffic";
/// Field manager of status.
pub const STATUS_MANAGER: &str = "verdigris-status";
/// Our finalizer.
pub const FINALIZER: &str = "verdigris.dev/protection";
/// Lets a migration go although something could not be cleaned up.
pub const FORCE_FINALIZE: &str = "verdigris.dev/force-finalize";
/// What a Job was made for.
pub const KEY: &str = "verdigris.dev/key";
/// The run that green's StatefulSet was made for: it has no owner, for it outlives the object.
pub const RUN: &str = "verdigris.dev/run";
/// The migration that an object was made for, by name.
const MIGRATION: &str = "verdigris.dev/migration";
/// Digest that a plan ConfigMap carries.
pub const DIGEST: &str = "verdigris.dev/digest";

/// Labels of a child.
pub fn labels(migration: &str, component: &str) -> BTreeMap<String, String> {
    [("app.kubernetes.io/managed-by", "verdigris"), ("app.kubernetes.io/component", component), (MIGRATION, migration)]
        .into_iter()
        .map(|(k, v)| (k.to_owned(), v.to_owned()))
        .collect()
}

/// Metadata of a child that goes with the migration.
pub fn meta(owner: &DatabaseMigration, name: String, component: &str) -> ObjectMeta {
    ObjectMeta {
        namespace: owner.metadata.namespace.clone(),
        labels: Some(labels(owner.metadata.name.as_deref().unwrap_or_default(), component)),
        name: Some(name),
        owner_references: reference(owner).map(|r| vec![r]),
        ..ObjectMeta::default()
    }
}

/// Whether an object was made for this run: it goes with that run's migration.
pub fn made_for(meta: &ObjectMeta, run: &str) -> bool {
    meta.owner_references.iter().flatten().any(|owner| Names::new(&owner.uid).run() == run)
}

/// Labels of green's StatefulSet.
pub fn of_green(owner: &DatabaseMigration) -> BTreeMap<String, String> {
    let mut all = labels(owner.metadata.name.as_deref().unwrap_or_default(), "green");
    let names = Names::new(owner.metadata.uid.as_deref().unwrap_or_default());
    all.insert(RUN.to_owned(), names.run().to_owned());
    all
}

/// Who made a StatefulSet that bears the name of green's. Where an older operator wrote down no run, it is this one's if it is no older
/// than the object.
pub fn maker(set: &ObjectMeta, migration: &ObjectMeta) -> Maker {
    let label = |key: &str| set.labels.as_ref()?.get(key).map(String::as_str);
    if label(MIGRATION).is_none() || label(MIGRATION) != migration.name.as_deref() {
        return Maker::Others;
    }
    let ours = match label(RUN) {
        Some(run) => run == Names::new(migration.uid.as_deref().unwrap_or_default()).run(),
        None => set.creation_timestamp >= migration.creation_timestamp,
    };
    if ours { Maker::ThisRun } else { Maker::EarlierRun }
}

/// Refuses to touch what somebody else made under a name that we would take.
///
/// # Errors
/// `NameTaken`.
pub fn require_ours(kind: &str, meta: &ObjectMeta, run: &str) -> Result<(), Error> {
    if made_for(meta, run) {
        return Ok(());
    }
    let (namespace, name) = (meta.namespace.as_deref().unwrap_or_default(), meta.name.as_deref().unwrap_or_default());
    let earlier =
        meta.labels.iter().flatten().any(|(key, value)| key == "app.kubernetes.io/managed-by" && value == MANAGER);
    Err(Error::Problem(if earlier {
        let text = format!(
            "{kind} {namespace}/{name} was made for an earlier migration of this name, and goes with it; if it stays, delete it."
        );
        Problem::transient("NameTaken", text)
    } else {
        let text = format!(
            "{kind} {namespace}/{name} exists and was not made by Verdigris, which needs that name; it is left alone. Rename or delete it, or give the migration another name."
        );
        Problem::permanent("NameTaken", text)
    }))
}

/// Owner reference to the migration. Never on data: green's StatefulSet and volumes outlive it.
pub fn reference(owner: &DatabaseMigration) -> Option<OwnerReference> {
    owner.controller_owner_ref(&())
}

#[cfg(test)]
mod tests {
    use super::*;

    const UID: &str = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";

    fn meta(owner: Option<&str>, managed_by: Option<&str>) -> ObjectMeta {
        let owner = owner.map(|uid| vec![OwnerReference { uid: uid.to_owned(), ..OwnerReference::default() }]);
        let label = managed_by.map(|by| [("app.kubernetes.io/managed-by".to_owned(), by.to_owned())].into());
        ObjectMeta { owner_references: owner, labels: label, ..ObjectMeta::default() }
    }

    fn at(seconds: i64, more: ObjectMeta) -> ObjectMeta {
        use k8s_openapi::{apimachinery::pkg::apis::meta::v1::Time, jiff::Timestamp};
        let time = Timestamp::from_second(seconds).ok().map(Time);
        ObjectMeta { creation_timestamp: time, ..more }
    }

    #[test]
    fn a_green_is_of_the_run_that_made_it() {
        let object = |uid: &str| {
            at(100, ObjectMeta { name: Some("shop".into()), uid: Some(uid.into()), ..ObjectMeta::default() })
        };
        let spec = "service: {name: db}
blue: {workload: {kind: StatefulSet, name: db-blue}, adminSecretRef: {name: admin}}
green: {selector: {app: db-green}}";
        let mut owner = DatabaseMigration::new("shop", verdigris_crds::yaml::from_str(spec).unwrap());
        owner.metadata = object(UID);
        let of = |labels| at(200, ObjectMeta { labels: Some(labels), ..ObjectMeta::default() });
        let green = of(of_green(&owner));
        assert_eq!(maker(&green, &object(UID)), Maker::ThisRun);
        // The object was deleted and made again under its name, whenever that was.
        for seconds in [50, 300] {
            let again = at(seconds, object("ffffffff-0000-0000-0000-000000000000"));
            assert_eq!(maker(&green, &again), Maker::EarlierRun);
        }
        // Made by an operator that wrote down no run.
        let older = of(labels("shop", "green"));
        assert_eq!(maker(&older, &object(UID)), Maker::ThisRun);
        assert_eq!(maker(&at(100, older.clone()), &object(UID)), Maker::ThisRun, "within one second");
        assert_eq!(maker(&at(99, older), &object(UID)), Maker::EarlierRun);
        for theirs in [
            ObjectMeta::default(),
            of(labels("another", "green")),
            of([(RUN.to_owned(), "0f1e2d3c4b5a".to_owned())].into()),
        ] {
            assert_eq!(maker(&theirs, &object(UID)), Maker::Others);
        }
    }

    #[test]
    fn what_somebody_else_made_is_left_alone() {
        let names = Names::new(UID);
        let refused = |meta: &ObjectMeta| require_ours("Service", meta, names.run()).err().map(|e| e.problem());
        assert_eq!(refused(&meta(Some(UID), Some(MANAGER))), None);
        // A label alone proves nothing: what belongs to an earlier run of that name goes by itself.
        let earlier = refused(&meta(Some("ffffffff-0000-0000-0000-000000000000"), Some(MANAGER)));
        assert_eq!(earlier.map(|p| (p.reason, p.transient)), Some(("NameTaken".to_owned(), true)));
        for theirs in [meta(None, None), meta(None, Some("Helm")), meta(Some("another"), None)] {
            let problem = refused(&theirs);
            assert_eq!(problem.map(|p| (p.reason, p.transient)), Some(("NameTaken".to_owned(), false)));
        }
    }
}
