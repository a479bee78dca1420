//! The recovery table, exhaustively: every combination of what two sides can say, and what follows from it.
#![allow(clippy::unwrap_used, reason = "a test that panics is a test that fails")]
use uuid::Uuid;
use verdigris_core::fact::{Fact, Problem};
use verdigris_core::record::{Epoch, Record};
use verdigris_core::recovery::{Action, Decision, converge, decide};
use verdigris_crds::Side;

fn record(side: Side, closed: bool, turn: i64) -> Record {
    Record {
        uid: "0123456789ab".into(),
        side,
        same_server: true,
        epoch: 9,
        holder: None,
        closed,
        flag: closed,
        turn,
        nonce: (closed && turn > 0).then(|| Uuid::from_u128(turn.unsigned_abs().into())),
        late: false,
        opened_at: None,
        window_until: None,
        window_over: false,
        tombstone: None,
        position: None,
        runner: false,
        witness: None,
        strays: 0,
        overrun: None,
        poolers_held: false,
        poolers_epoch: None,
        catalog_as_planned: true,
        migration: "shop/orders-42".into(),
    }
}

fn unknown() -> Problem {
    Problem::transient("ConnectionRefused", "nobody is there")
}

/// Everything that one side can be.
fn sides(side: Side) -> Vec<Fact<Option<Record>>> {
    let mut all = vec![Fact::Unknown(unknown()), Fact::Known(None)];
    for closed in [false, true] {
        for turn in [0, 2, 3] {
            for (same_server, drift, late, nonce) in [
                (true, false, false, true),
                (true, false, true, true),
                (false, false, false, true),
                (true, true, false, true),
                (true, false, false, false),
            ] {
                let mut one = record(side, closed, turn);
                one.same_server = same_server;
                one.late = late;
                one.flag = closed != drift;
                one.nonce = one.nonce.filter(|_| nonce);
                all.push(Fact::Known(Some(one.clone())));
                one.opened_at = Some(1);
                all.push(Fact::Known(Some(one)));
            }
        }
    }
    all
}

/// Whose the clients are that poolers hold: a newer attempt's, or everybody's who finds them.
#[test]
fn clients_that_are_held_belong_to_the_newest_attempt() {
    let ours = Epoch { number: 9, holder: Uuid::nil() };
    for (poolers_held, poolers_epoch, theirs) in [
        (false, None, false),
        (true, None, false),
        (true, Some(8), false),
        (true, Some(9), false),
        (true, Some(10), true),
        (false, Some(10), false),
    ] {
        let found = Record { poolers_held, poolers_epoch, ..record(Side::Blue, false, 0) };
        assert_eq!(found.held_after(ours), theirs, "{poolers_held} {poolers_epoch:?}");
    }
}

#[test]
fn no_combination_breaks_an_invariant() {
    let proofs = [Fact::Known(true), Fact::Known(false), Fact::Unknown(unknown())];
    for blue in sides(Side::Blue) {
        for green in sides(Side::Green) {
            for proof in &proofs {
                for abort in [false, true] {
                    let decision = decide(&blue, &green, proof, abort);
                    holds(&blue, &green, proof, abort, &decision);
                }
            }
        }
    }
}

fn holds(
    blue: &Fact<Option<Record>>,
    green: &Fact<Option<Record>>,
    proof: &Fact<bool>,
    abort: bool,
    decision: &Decision,
) {
    let of = |side: Side| if side == Side::Blue { blue } else { green };
    let record = |side: Side| of(side).known().cloned().flatten();
    let (one, two) = (record(Side::Blue), record(Side::Green));
    match decision {
        // I7: a closed side is opened only when both were read, are the servers they were, and are both closed.
        Decision::Reopen(_) | Decision::GoForward(_) => {
            let (one, two) = (one.unwrap(), two.unwrap());
            assert!(
                one.same_server && two.same_server && one.is_closed() == Some(true) && two.is_closed() == Some(true)
            );
            assert_ne!(one.turn, two.turn);
            let from = if one.turn > two.turn { &one } else { &two };
            match decision {
                // I2: forward only with the proof, in time, and if nobody wants it back.
                Decision::GoForward(hardened) => {
                    assert_eq!(proof, &Fact::Known(true));
                    assert!(!abort && !from.late && Some(hardened.nonce) == from.nonce && hardened.turn == from.turn);
                }
                Decision::Reopen(side) => assert_eq!(*side, from.side),
                _ => unreachable!(),
            }
        }
        // I1: what follows the writer follows the one side that is open.
        Decision::Converge(writer) => {
            assert_eq!(record(*writer).unwrap().is_closed(), Some(false));
            assert_eq!(record(writer.other()).unwrap().is_closed(), Some(true));
        }
        Decision::Route { to, .. } => {
            assert!(of(to.other()).known().is_none(), "the other side is unknown");
            assert_eq!(record(*to).unwrap().is_closed(), Some(false));
        }
        Decision::CloseAndStall { side, .. } => {
            assert_eq!(one.unwrap().is_closed(), Some(false));
            assert_eq!(two.unwrap().is_closed(), Some(false));
            // The lower turn, or a green that never was the writer.
            let (closes, stays) = (record(*side).unwrap(), record(side.other()).unwrap());
            let unused = closes.side == Side::Green && closes.opened_at.is_none();
            assert!(unused || closes.turn < stays.turn);
        }
        Decision::Wait(_) => assert!(blue.known().is_none() || green.known().is_none() || proof.known().is_none()),
        Decision::NotBegun => assert!(one.is_none() || two.is_none()),
        Decision::Stalled(problem) => assert!(!problem.transient),
        Decision::Over => unreachable!(),
    }
}

/// The rows of the table as the protocol has them.
#[test]
fn rows_of_the_table() {
    let side = |side, closed, turn| Fact::Known(Some(record(side, closed, turn)));
    let (blue, green) = (Side::Blue, Side::Green);
    let yes = Fact::Known(true);
    let row = |blue: &Fact<Option<Record>>, green: &Fact<Option<Record>>, proof: &Fact<bool>| {
        decide(blue, green, proof, false)
    };
    assert!(matches!(row(&Fact::Unknown(unknown()), &side(green, true, 0), &yes), Decision::Wait(_)));
    assert!(matches!(
        row(&Fact::Unknown(unknown()), &side(green, false, 3), &yes),
        Decision::Route { to: Side::Green, .. }
    ));
    assert_eq!(row(&side(blue, false, 0), &side(green, true, 0), &yes), Decision::Converge(blue));
    assert_eq!(
        row(&side(blue, false, 3), &side(green, true, 0), &yes),
        Decision::Converge(blue),
        "an aborted attempt keeps its turn"
    );
    assert_eq!(row(&side(blue, true, 3), &side(green, false, 3), &yes), Decision::Converge(green));
    assert!(
        matches!(row(&side(blue, true, 3), &side(green, true, 0), &yes), Decision::GoForward(h) if h.from == blue && h.stream == 0 && h.turn == 3)
    );
    assert_eq!(row(&side(blue, true, 3), &side(green, true, 0), &Fact::Known(false)), Decision::Reopen(blue));
    assert_eq!(decide(&side(blue, true, 3), &side(green, true, 0), &yes, true), Decision::Reopen(blue));
    assert!(matches!(row(&side(blue, true, 3), &side(green, true, 0), &Fact::Unknown(unknown())), Decision::Wait(_)));
    assert!(
        matches!(row(&side(blue, true, 3), &side(green, true, 3), &yes), Decision::Stalled(p) if p.reason == "BothClosed")
    );
    let opened = |turn| Fact::Known(Some(Record { opened_at: Some(1), ..record(green, false, turn) }));
    let closes = |b: i64, g: &Fact<Option<Record>>| match row(&side(blue, false, b), g, &yes) {
        Decision::CloseAndStall { side, .. } => Some(side),
        _ => None,
    };
    assert_eq!(closes(2, &opened(3)), Some(blue));
    assert_eq!(closes(4, &opened(3)), Some(green));
    assert_eq!(closes(3, &opened(3)), None);
    // As green is born: its turn is that of its stream, and says nothing about the writer.
    assert_eq!(closes(0, &side(green, false, 1)), Some(green));
    let mut late = record(blue, true, 3);
    late.late = true;
    assert_eq!(row(&Fact::Known(Some(late)), &side(green, true, 0), &yes), Decision::Reopen(blue));
    let mut buried = record(blue, true, 3);
    buried.tombstone = Some("closed".into());
    assert_eq!(row(&Fact::Known(Some(buried)), &Fact::Known(None), &yes), Decision::Over);
}

#[test]
fn convergence_leaves_a_side_that_never_wrote_to_its_movers() {
    let mut green = record(Side::Green, true, 0);
    green.runner = true;
    let actions = converge(Side::Blue, &green);
    assert!(
        !actions
            .iter()
            .any(|action| matches!(action, Action::ReadOnly(_) | Action::EndSessions(_) | Action::Stream { .. }))
    );
    green.runner = false;
    green.opened_at = Some(1);
    let actions = converge(Side::Blue, &green);
    assert!(
        actions.contains(&Action::ReadOnly(Side::Green))
            && actions.contains(&Action::Stream { writer: Side::Blue, turn: 0 })
    );
    // The stream starts after everything else that could write is gone (I4).
    assert!(matches!(actions.last(), Some(Action::Stream { .. })));
}
