//! Every row of the table in the design, and the rule behind all of them: no change of a carried table without a finding.
use proptest::prelude::*;

use super::*;

fn column(num: i16, name: &str) -> Column {
    Column { num, name: name.into(), kind: "integer".into(), ..Column::default() }
}

fn table() -> Table {
    Table {
        oid: 1,
        name: "public.orders".into(),
        kind: "r".into(),
        carried: true,
        owner: "shop".into(),
        persistence: "p".into(),
        identity: "d".into(),
        columns: vec![
            Column { required: true, ..column(1, "id") },
            column(2, "total"),
            Column { default: Some("0".into()), ..column(4, "state") },
        ],
        constraints: vec![Constraint {
            oid: 10,
            name: "orders_pkey".into(),
            kind: "p".into(),
            def: "PRIMARY KEY (id)".into(),
            validated: true,
            target: None,
        }],
        indexes: vec![Index { oid: 20, name: "by_total".into(), def: "…".into(), valid: true, ..Index::default() }],
        triggers: vec![Thing { oid: 30, name: "audit".into(), def: "…".into() }],
        functions: vec![Thing { oid: 40, name: "f()".into(), def: "1".into() }],
        ..Table::default()
    }
}

fn before() -> Catalog {
    let thing = |oid, name: &str| vec![Thing { oid, name: name.into(), def: "as it is".into() }];
    Catalog {
        tables: vec![table()],
        sequences: thing(50, "s"),
        enums: thing(51, "e"),
        domains: thing(52, "d"),
        composites: thing(53, "c"),
        extensions: thing(54, "x"),
        event_triggers: vec![],
    }
}

fn reasons(change: impl FnOnce(&mut Catalog)) -> Vec<String> {
    let mut after = before();
    change(&mut after);
    classify(&before(), &after, &RowChanges::new()).into_iter().map(|f| f.reason).collect()
}

fn on_table(change: impl FnOnce(&mut Table)) -> Vec<String> {
    reasons(|after| change(&mut after.tables[0]))
}

#[test]
fn what_only_adds_passes() {
    assert_eq!(reasons(|_| {}), [""; 0]);
    assert_eq!(on_table(|t| t.columns.push(column(5, "note"))), [""; 0]);
    assert_eq!(
        on_table(|t| t.columns.push(Column { required: true, default: Some("1".into()), ..column(5, "n") })),
        [""; 0]
    );
    assert_eq!(
        on_table(|t| t.columns.push(Column {
            generated: "s".into(),
            default: Some("id".into()),
            required: true,
            ..column(5, "g")
        })),
        [""; 0]
    );
    assert_eq!(on_table(|t| t.indexes.push(Index { oid: 21, name: "i".into(), ..Index::default() })), [""; 0]);
    assert_eq!(
        reasons(|a| a.tables.push(Table { oid: 2, name: "public.new".into(), filled: true, ..Table::default() })),
        [""; 0]
    );
    let key = Constraint { oid: 11, kind: "f".into(), target: Some(1), ..Constraint::default() };
    assert_eq!(reasons(|a| a.tables.push(Table { oid: 2, constraints: vec![key], ..Table::default() })), [""; 0]);
    let thing = || Thing { oid: 99, ..Thing::default() };
    assert_eq!(reasons(|a| a.sequences.push(thing())), [""; 0]);
    assert_eq!(reasons(|a| a.enums.push(thing())), [""; 0]);
    assert_eq!(reasons(|a| a.domains.push(thing())), [""; 0]);
    assert_eq!(reasons(|a| a.composites.push(thing())), [""; 0]);
    assert_eq!(reasons(|a| a.extensions.push(thing())), [""; 0]);
}

#[test]
fn every_other_class_is_refused_by_its_name() {
    let constraint = |kind: &str| Constraint { oid: 11, name: "k".into(), kind: kind.into(), ..Constraint::default() };
    assert_eq!(on_table(|t| t.columns[1].kind = "bigint".into()), ["TypeChanged"]);
    assert_eq!(on_table(|t| drop(t.columns.remove(1))), ["ColumnDropped"]);
    assert_eq!(on_table(|t| t.columns[1].num = 5), ["ColumnDropped"]);
    assert_eq!(on_table(|t| t.columns[1].name = "sum".into()), ["ColumnRenamed"]);
    assert_eq!(reasons(|a| a.tables.clear()), ["TableDropped"]);
    assert_eq!(on_table(|t| t.oid = 7), ["TableRebuilt"]);
    assert_eq!(on_table(|t| t.name = "public.o".into()), ["TableRenamed"]);
    assert_eq!(on_table(|t| t.constraints.clear()), ["PrimaryKeyChanged"]);
    assert_eq!(on_table(|t| t.constraints.push(constraint("p"))), ["PrimaryKeyChanged"]);
    for kind in ["c", "u", "f", "x"] {
        assert_eq!(on_table(|t| t.constraints.push(constraint(kind))), ["ConstraintAdded"]);
    }
    assert_eq!(on_table(|t| t.identity = "n".into()), ["ReplicaIdentityChanged"]);
    assert_eq!(on_table(|t| t.columns[1].required = true), ["ConstraintAdded"]);
    assert_eq!(on_table(|t| t.columns[0].required = false), ["ConstraintDropped"]);
    assert_eq!(on_table(|t| t.columns.push(Column { required: true, ..column(5, "n") })), ["ConstraintAdded"]);
    assert_eq!(on_table(|t| t.columns.push(Column { domain: true, ..column(5, "n") })), ["ConstraintAdded"]);
    assert_eq!(on_table(|t| t.columns.push(Column { identity: "a".into(), ..column(5, "n") })), ["IdentityChanged"]);
    assert_eq!(on_table(|t| t.columns[2].default = None), ["DefaultChanged"]);
    assert_eq!(on_table(|t| t.columns[2].generated = "s".into()), ["GeneratedChanged"]);
    assert_eq!(on_table(|t| t.columns[0].identity = "a".into()), ["IdentityChanged"]);
    assert_eq!(on_table(|t| t.indexes.push(Index { oid: 21, unique: true, ..Index::default() })), ["UniqueIndexAdded"]);
    assert_eq!(on_table(|t| t.indexes.clear()), ["IndexDropped"]);
    assert_eq!(on_table(|t| t.triggers.push(Thing { oid: 31, ..Thing::default() })), ["TriggerAdded"]);
    assert_eq!(on_table(|t| t.triggers[0].def = "other".into()), ["TriggerChanged"]);
    assert_eq!(on_table(|t| t.rules.push(Thing { oid: 31, ..Thing::default() })), ["TriggerAdded"]);
    assert_eq!(on_table(|t| t.policies.push(Thing { oid: 31, ..Thing::default() })), ["PolicyChanged"]);
    assert_eq!(on_table(|t| t.functions[0].def = "2".into()), ["FunctionChanged"]);
    assert_eq!(on_table(|t| t.parents.push("public.p".into())), ["PartitionAdded"]);
    assert_eq!(on_table(|t| t.owner = "other".into()), ["OwnerChanged"]);
    assert_eq!(on_table(|t| t.persistence = "u".into()), ["UnrecognisedChange"]);
    assert_eq!(on_table(|t| t.indexes[0].def = "other".into()), ["UnrecognisedChange"]);
    assert_eq!(reasons(|a| a.sequences[0].def = "other".into()), ["SequenceChanged"]);
    assert_eq!(reasons(|a| a.enums[0].def = "other".into()), ["EnumChanged"]);
    assert_eq!(reasons(|a| a.domains.clear()), ["DomainChanged"]);
    assert_eq!(reasons(|a| a.composites[0].name = "other".into()), ["TypeChanged"]);
    assert_eq!(reasons(|a| a.extensions[0].def = "2.0".into()), ["ExtensionChanged"]);
    assert_eq!(reasons(|a| a.event_triggers.push(Thing::default())), ["TriggerAdded"]);
    assert_eq!(
        reasons(|a| a.tables.push(Table { oid: 2, parents: vec!["public.orders".into()], ..Table::default() })),
        ["PartitionAdded"]
    );
    let key = Constraint { oid: 11, kind: "f".into(), target: Some(1), ..Constraint::default() };
    assert_eq!(
        reasons(|a| a.tables.push(Table { oid: 2, filled: true, constraints: vec![key], ..Table::default() })),
        ["ConstraintAdded"]
    );
    let mut old = before();
    old.tables[0].identity = "f".into();
    let mut new = old.clone();
    new.tables[0].columns.push(column(5, "n"));
    assert_eq!(classify(&old, &new, &RowChanges::new())[0].reason, "ReplicaIdentityChanged");
    let rows = RowChanges::from([(1, Rows { updated: 3, ..Rows::default() })]);
    let found = classify(&before(), &before(), &rows);
    assert_eq!(found[0].reason, "RowsChanged");
    assert!(found[0].message.contains("updated 3") && found[0].subject == "table public.orders");
}

/// One of a kind: a catalog has no two objects with one identity.
fn once<T, K: Ord>(list: Vec<T>, key: impl Fn(&T) -> K) -> Vec<T> {
    let mut seen = std::collections::BTreeSet::new();
    list.into_iter().filter(|item| seen.insert(key(item))).collect()
}

fn any_table() -> impl Strategy<Value = Table> {
    let columns = prop::collection::vec(
        (1..6i16, "[ab]", "[xy]", any::<bool>(), any::<bool>(), prop::option::of("[01]"), "a?", "s?"),
        0..4,
    );
    let constraints = prop::collection::vec((1..4u32, "[cfpu]", "[kl]", any::<bool>()), 0..3);
    let indexes = prop::collection::vec((1..4u32, "[kl]", any::<bool>(), any::<bool>()), 0..3);
    let things = || prop::collection::vec((1..3u32, "[kl]"), 0..2);
    let words = ("[rp]", "[st]", "[pu]", "[dfin]", "[mn]", prop::collection::vec("[vw]", 0..2));
    (columns, constraints, indexes, (things(), things(), things(), things()), words).prop_map(
        |(columns, constraints, indexes, things, words)| {
            let thing = |list: Vec<(u32, String)>| {
                once(list, |t: &(u32, String)| t.0)
                    .into_iter()
                    .map(|(oid, def)| Thing { oid, name: oid.to_string(), def })
                    .collect()
            };
            Table {
                oid: 1,
                name: words.1,
                kind: words.0,
                carried: true,
                persistence: words.2,
                identity: words.3,
                security: words.4,
                parents: words.5,
                columns: once(columns, |c| c.0)
                    .into_iter()
                    .map(|(num, name, kind, domain, required, default, identity, generated)| Column {
                        num,
                        name,
                        kind,
                        domain,
                        required,
                        default,
                        identity,
                        generated,
                    })
                    .collect(),
                constraints: once(constraints, |c| c.0)
                    .into_iter()
                    .map(|(oid, kind, def, validated)| Constraint {
                        oid,
                        name: def.clone(),
                        kind,
                        def,
                        validated,
                        target: None,
                    })
                    .collect(),
                indexes: once(indexes, |i| i.0)
                    .into_iter()
                    .map(|(oid, def, unique, identity)| Index {
                        oid,
                        name: def.clone(),
                        def,
                        unique,
                        identity,
                        valid: true,
                    })
                    .collect(),
                triggers: thing(things.0),
                rules: thing(things.1),
                policies: thing(things.2),
                functions: thing(things.3),
                ..Table::default()
            }
        },
    )
}

proptest! {
    #[test]
    fn nothing_slips_through(old in any_table(), new in any_table()) {
        let catalog = |table: &Table| Catalog { tables: vec![table.clone()], ..Catalog::default() };
        let found = classify(&catalog(&old), &catalog(&new), &RowChanges::new());
        let same = columns::without_lossless(&old, &new) == old;
        prop_assert_eq!(found.is_empty(), same, "{:?}", found);
        prop_assert!(found.iter().all(|f| f.severity == Severity::Blocker && REASONS.iter().any(|(r, _)| *r == f.reason)));
    }

    #[test]
    fn what_did_not_change_is_never_found(table in any_table()) {
        let catalog = Catalog { tables: vec![table], ..Catalog::default() };
        prop_assert!(classify(&catalog, &catalog, &RowChanges::new()).is_empty());
    }
}
