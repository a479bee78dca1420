//! Files as people write them, and files that nobody would.
use proptest::prelude::*;

use super::*;

fn texts(sql: &str) -> Vec<(usize, &str)> {
    split(sql, false).unwrap().into_iter().map(|s| (s.line, s.text)).collect()
}

#[test]
fn statements_begin_at_their_first_word() {
    assert_eq!(texts("-- a\n\nSELECT 1 ;\n/* x; */ SELECT 2\n"), [(3, "SELECT 1"), (4, "SELECT 2")]);
    assert_eq!(texts(";;\n; SELECT 1"), [(2, "SELECT 1")]);
    assert_eq!(texts("-- only a comment"), []);
    assert_eq!(texts(""), []);
}

#[test]
fn semicolons_in_quotes_and_comments_end_nothing() {
    for sql in [
        "SELECT 'a;''b;'",
        r"SELECT E'a\';b'",
        r"SELECT 'a\'",
        r#"SELECT "a;""b;""#,
        r#"SELECT U&"d\0061;t", U&'x;'"#,
        "SELECT $$ a; b $$, $tag$ $$ ; $other$ $tag$",
        "SELECT 1 /* a; /* b; */ c; */ + 2",
        "SELECT 1 -- a;\n+ 2",
        "DO $x1$ BEGIN PERFORM 1; END $x1$",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END",
        "CREATE PROCEDURE p() BEGIN  ATOMIC INSERT INTO t VALUES (1); END",
        "SELECT a$1, $1, 1$2",
    ] {
        assert_eq!(texts(&format!("{sql};SELECT 9")), [(1, sql), (1 + sql.matches('\n').count(), "SELECT 9")], "{sql}");
    }
}

#[test]
fn what_only_psql_knows_is_refused_by_name() {
    let refused = |sql| split(sql, true).unwrap_err();
    assert_eq!(refused("SELECT 1;\n\\set x 1"), Refusal::PsqlCommand { line: 2, command: "\\set".into() });
    assert_eq!(refused("SELECT 1 \\gexec"), Refusal::PsqlCommand { line: 1, command: "\\gexec".into() });
    assert_eq!(refused("COPY t (a) FROM stdin;\n1\n\\."), Refusal::CopyStream { line: 1 });
    assert_eq!(refused("SELECT 1;\nSELECT 'a;").reason(), "UnterminatedSql");
    assert_eq!(refused("SELECT 1;\nSELECT $a$ $b$").line(), 2);
}

#[test]
fn transactions_belong_to_us_unless_the_file_says_otherwise() {
    for word in ["BEGIN", "commit", "END", "ROLLBACK", "ABORT", "START TRANSACTION", "COMMIT AND CHAIN"] {
        assert_eq!(split(word, true).unwrap_err().reason(), "TransactionControl", "{word}");
        assert!(split(word, false).is_ok());
    }
    for sql in [
        "SAVEPOINT a",
        "ROLLBACK TO a",
        "ROLLBACK TO SAVEPOINT a",
        "PREPARE x AS SELECT 1",
        "DO $$ BEGIN COMMIT; END $$",
    ] {
        assert!(split(sql, true).is_ok(), "{sql}");
    }
    assert!(without_transaction("\n-- index\n--  verdigris: no-transaction \nCREATE INDEX"));
    assert!(!without_transaction("SELECT 1;\n-- verdigris: no-transaction"));
}

#[test]
fn a_prepared_transaction_is_refused_in_every_file() {
    for sql in [
        "SELECT 1;\nPREPARE TRANSACTION 'later'",
        "SELECT 1;\n prepare /* a */ -- b\n Transaction E'later'",
        "BEGIN;\nPREPARE TRANSACTION $$x$$; SELECT 1",
    ] {
        for transaction in [true, false] {
            if !(transaction && sql.starts_with("BEGIN")) {
                assert_eq!(split(sql, transaction).unwrap_err(), Refusal::PrepareTransaction { line: 2 }, "{sql}");
            }
        }
    }
    for sql in ["PREPARE transaction_ AS SELECT 1", "COMMIT PREPARED 'x'", "SELECT 'PREPARE TRANSACTION'"] {
        assert!(split(sql, false).is_ok(), "{sql}");
    }
}

#[test]
fn a_position_becomes_a_line() {
    let sql = "SELECT 1;\n\nSELECT 'ä\n',\n nope;";
    let statements = split(sql, true).unwrap();
    let position = statements[1].text.chars().position(|c| c == 'n').unwrap() + 1;
    assert_eq!(line_of(&statements[1], position), 5);
    assert_eq!(line_of(&statements[1], 1), 3);
}

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("'a;b'".to_owned()),
        Just("\"x;y\"".to_owned()),
        Just("$q$ ; ' \" /* $q$".to_owned()),
        Just("/* ; ' */".to_owned()),
        Just("-- ; '\n".to_owned()),
        Just("E'\\'; '".to_owned()),
        Just("word".to_owned()),
        Just("+ 1".to_owned()),
        Just("\n".to_owned()),
    ]
}

proptest! {
    #[test]
    fn what_was_joined_is_split_again(parts in prop::collection::vec(prop::collection::vec(piece(), 0..6), 1..6)) {
        let wanted: Vec<String> = parts.iter().map(|pieces| format!("S {}", pieces.join(" "))).collect();
        let sql = wanted.join("\n;");
        let got = split(&sql, true).unwrap();
        prop_assert_eq!(got.len(), wanted.len());
        for (got, wanted) in got.iter().zip(&wanted) {
            prop_assert_eq!(got.text, wanted.trim_end());
            let at = got.text.as_ptr() as usize - sql.as_ptr() as usize;
            prop_assert_eq!(got.line, 1 + sql[..at].matches('\n').count());
        }
    }

    #[test]
    fn no_text_makes_it_panic(sql in ".{0,200}", transaction in any::<bool>()) {
        let _ = split(&sql, transaction);
    }

    #[test]
    fn no_mixture_of_quotes_makes_it_panic(sql in r#"[a$'"/*\-;\\ \nEU&ä]{0,60}"#) {
        let _ = split(&sql, true);
    }
}
