//! Proves that the ledger and the comparison fail when they must: on two plain servers whose rows are harmed on purpose.
//!
//! No operator and no cluster: `VERDIGRIS_PG_BINS=<folder> selftest`.
use std::{sync::Arc, time::Duration};

use anyhow::{Result, ensure};
use verdigris_e2e::{
    ledger::{Ledger, Load, Writers},
    pg::{Target, told},
    servers::Server,
    shop,
    verify::{Other, Verdict, verify},
};

/// One harm: its name, the statements, what undoes it, and whether the verdict names it.
struct Case {
    name: &'static str,
    harm: &'static str,
    undo: &'static str,
    caught: fn(&Verdict) -> bool,
}

/// `:row` is one acknowledged row. What is done in a case lasts for one session, so that nothing else is left behind.
const CASES: [Case; 8] = [
    Case {
        name: "one acknowledged row deleted",
        harm: "CREATE TEMP TABLE kept AS SELECT * FROM shop.ledger WHERE :row; DELETE FROM shop.ledger WHERE :row",
        undo: "INSERT INTO shop.ledger SELECT * FROM kept",
        caught: |v| v.lost == 1,
    },
    Case {
        name: "one acknowledged row doubled",
        harm: "INSERT INTO shop.ledger (id, client, seq, account, amount, number, countdown, at)
               SELECT -id, client, seq, account, amount, number, countdown, at FROM shop.ledger WHERE :row",
        undo: "DELETE FROM shop.ledger WHERE id < 0",
        caught: |v| v.duplicated > 0,
    },
    Case {
        name: "one acknowledged row changed",
        harm: "UPDATE shop.ledger SET amount = amount + 1 WHERE :row",
        undo: "UPDATE shop.ledger SET amount = amount - 1 WHERE :row",
        caught: |v| v.divergent > 0,
    },
    Case {
        name: "a whole transaction applied twice",
        harm: "INSERT INTO shop.journal SELECT * FROM shop.journal WHERE :row",
        undo: "DELETE FROM shop.journal WHERE ctid = (SELECT max(ctid) FROM shop.journal WHERE :row)",
        caught: |v| v.duplicated > 0,
    },
    Case {
        name: "one balance changed",
        harm: "UPDATE shop.account SET balance = balance + 1 WHERE id = 7",
        undo: "UPDATE shop.account SET balance = balance - 1 WHERE id = 7",
        caught: |v| v.divergent > 0 && v.lost == 0,
    },
    Case {
        name: "a row that nobody wrote",
        harm: "INSERT INTO shop.ledger (client, seq, account, amount) VALUES (0, 1000000000, 1, 0)",
        undo: "DELETE FROM shop.ledger WHERE seq = 1000000000",
        caught: |v| v.divergent > 0,
    },
    Case {
        name: "one sequence number given out twice",
        harm: "CREATE TEMP TABLE kept AS SELECT number FROM shop.ledger WHERE :row;
               UPDATE shop.ledger SET number = (SELECT min(number) FROM shop.ledger) WHERE :row",
        undo: "UPDATE shop.ledger SET number = kept.number FROM kept WHERE :row",
        caught: |v| v.duplicated > 0,
    },
    Case {
        name: "one row changed in a table that no writer touches",
        harm: "UPDATE shop.line SET quantity = quantity + 1 WHERE \"order\" = 3 AND position = 1",
        undo: "UPDATE shop.line SET quantity = quantity - 1 WHERE \"order\" = 3 AND position = 1",
        caught: |v| v.divergent == 1 && v.lost == 0 && v.duplicated == 0,
    },
];

#[tokio::main]
async fn main() -> Result<()> {
    let (a, b) = futures::try_join!(Server::start(15, "blue"), Server::start(15, "green"))?;
    let (blue, green) = (a.admin().database(shop::DATABASE), b.admin().database(shop::DATABASE));
    shop::create(&a.admin(), 2_000).await?;
    let ledger = write(&blue).await?;
    shop::roles(&b.admin()).await?;
    b.admin().run(&format!("CREATE DATABASE {} OWNER {}", shop::DATABASE, shop::OWNER)).await?;
    b.copy_from(&blue).await?;

    let (mut passed, mut failed) = (0, 0);
    let mut tell = |name: String, good: bool, verdict: &Verdict| {
        println!("{} {name}: {verdict}", if good { "ok    " } else { "FAILED" });
        if good {
            passed += 1;
        } else {
            failed += 1;
            println!("         {}", verdict.problems.join("\n         "));
        }
    };
    let verdict = verify(&ledger, &blue, &green, Other::InStep).await?;
    tell("both sides untouched".into(), verdict.check().is_ok(), &verdict);
    let row = acknowledged_row(&ledger)?;
    for case in &CASES {
        for (side, target) in [("blue", &blue), ("green", &green)] {
            let session = target.session().await?;
            session.batch_execute(&case.harm.replace(":row", &row)).await.map_err(told)?;
            let verdict = verify(&ledger, &blue, &green, Other::InStep).await?;
            session.batch_execute(&case.undo.replace(":row", &row)).await.map_err(told)?;
            tell(format!("{}, on {side}", case.name), (case.caught)(&verdict) && verdict.check().is_err(), &verdict);
        }
    }
    let verdict = verify(&ledger, &blue, &green, Other::InStep).await?;
    tell("both sides mended".into(), verdict.check().is_ok(), &verdict);
    println!("{passed} passed, {failed} failed");
    ensure!(failed == 0, "the harness does not see what it must see");
    Ok(())
}

/// Writers at full rate whose sessions are ended under them a few times.
async fn write(target: &Target) -> Result<Arc<Ledger>> {
    let ledger = Arc::new(Ledger::new(None)?);
    let load = Load { accounts: 100, ..Load::default() };
    let writers = Writers::start(&target.role(shop::OWNER, shop::OWNER_PASSWORD), load, ledger);
    for _ in 0..3 {
        writers.more(300, Duration::from_secs(30)).await?;
        target
            .run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'writer/%'")
            .await?;
    }
    writers.more(100, Duration::from_secs(30)).await?;
    let ledger = writers.stop().await;
    let report = ledger.report();
    println!("ledger: {} acknowledged, errors {:?}", report.acknowledged().count(), report.errors);
    Ok(ledger)
}

fn acknowledged_row(ledger: &Ledger) -> Result<String> {
    let report = ledger.report();
    let entry = report.acknowledged().nth(100);
    let entry = entry.ok_or_else(|| anyhow::anyhow!("nothing was acknowledged"))?;
    Ok(format!("client = {} AND seq = {}", entry.client, entry.seq))
}
