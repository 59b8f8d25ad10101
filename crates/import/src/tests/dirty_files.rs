//! Whole files as other systems write them: what is taken, and what is refused with line and column.

use super::{Outcome, options, read};
use crate::options::Options;

/// What a file comes to: rows taken and their lines, then the refusals.
fn told(bytes: &[u8], name: &str, options: &Options) -> String {
    let Outcome { events, bad, fatal, order, .. } = match read(bytes, name, options) {
        Ok(outcome) => outcome,
        Err(error) => return error.to_string(),
    };
    let mut told = String::new();
    for event in &events {
        let row = event.origin.row.expect("a row of a file has a number");
        let line = order.line_of(row).expect("few rows of several lines");
        told += &format!("row {row} on line {line}: {}\n", event.body.kind());
    }
    for bad in bad.iter().chain(&fatal) {
        let column = bad.column.map_or("-".to_owned(), |column| column.to_string());
        let name = bad.column_name.as_deref().unwrap_or("-");
        told += &format!("refused row {} on line {}, column {column} {name}: {}\n", bad.row, bad.line, bad.error);
    }
    told
}

fn csv(text: &str) -> String {
    told(text.as_bytes(), "a.csv", &options("UTC", Some("USD")))
}

fn jsonl(text: &str) -> String {
    told(text.as_bytes(), "a.jsonl", &options("UTC", Some("USD")))
}

const HEADER: &str = "kind,customer_id,effective_at,mrr,attr.note\n";

#[test]
fn blank_lines_and_rows_of_delimiters_say_nothing() {
    let text = format!("\n{HEADER}\nnew,a,2025-01-01,1,\n\r\n,,,,\nnew,b,2025-01-01,1,\n   \n");
    assert_eq!(csv(&text), "row 1 on line 4: new_logo\nrow 2 on line 7: new_logo\n");
    assert_eq!(csv(HEADER), "");
    assert_eq!(csv(HEADER.trim_end()), "");
}

#[test]
fn lines_are_counted_through_quoted_line_ends() {
    let text = format!(
        "{HEADER}new,a,2025-01-01,1,\"two\nlines\"\nnew,b,2025-01-01,1,\nnew,c,2025-01-01,one,\"x\n\n\"\nchurn,c,2025-02-01,,"
    );
    assert_eq!(
        csv(&text),
        "row 1 on line 2: new_logo\nrow 2 on line 4: new_logo\nrow 4 on line 8: churn\n\
         refused row 3 on line 5, column 4 mrr: mrr: \"one\" has a currency sign or letters in it; write the digits alone, and the currency's code in the currency column\n"
    );
}

#[test]
fn rows_that_do_not_fit_the_header_are_refused() {
    let text = format!("{HEADER}new,a,2025-01-01,1\nnew,b,2025-01-01,1,234.5,\nnew,\"c\"x,2025-01-01,1,\n");
    assert_eq!(
        csv(&text),
        "refused row 1 on line 2, column - -: the row has 4 fields, the header 5; quote values that hold the delimiter ,, and leave blank what is not given\n\
         refused row 2 on line 3, column - -: the row has 6 fields, the header 5; quote values that hold the delimiter ,, and leave blank what is not given\n\
         refused row 3 on line 4, column 2 customer_id: text follows a closing quote; double quotes that belong to a quoted value\n"
    );
}

#[test]
fn an_open_quote_is_named_where_it_opens() {
    let text = format!("{HEADER}new,a,2025-01-01,1,\nnew,b,2025-01-01,1,\"open\nnew,c,2025-01-01,1,\n");
    assert_eq!(
        csv(&text),
        "row 1 on line 2: new_logo\nrefused row 2 on line 3, column - -: a quote opens in this row and is never closed; close it, or double quotes that belong to a quoted value\n"
    );
    let endless = format!("{HEADER}new,a,2025-01-01,1,\"{}", "x\n".repeat(4_500_000));
    assert_eq!(
        csv(&endless),
        "a.csv:2: a row that begins here is longer than 8388608 bytes; is a quote not closed, or is this no file of rows?"
    );
}

#[test]
fn what_is_not_text_is_refused_with_its_line() {
    let mut bytes = HEADER.as_bytes().to_vec();
    bytes.extend_from_slice(
        b"new,a,2025-01-01,1,\nnew,caf\xe9,2025-01-01,1,\nnew,b,2025-01-01,1,a\0b\nnew,c,2025-01-01,1,\n",
    );
    assert_eq!(
        told(&bytes, "a.csv", &options("UTC", Some("USD"))),
        "row 1 on line 2: new_logo\nrow 4 on line 5: new_logo\n\
         refused row 2 on line 3, column 2 customer_id: the row is not UTF-8 text; save the file as UTF-8, or as UTF-16 with a byte order mark\n\
         refused row 3 on line 4, column 5 attr.note: the row holds a zero byte, which is no text; save the file as UTF-8, or as UTF-16 with a byte order mark\n"
    );
    let wide: Vec<u8> = HEADER.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(
        told(&wide, "a.csv", &options("UTC", None)),
        "a.csv: looks like UTF-16 without a byte order mark; save it as UTF-8"
    );
}

#[test]
fn headers_are_looked_at_closely() {
    assert_eq!(csv(""), "a.csv:1: the file is empty; the first line names the columns, at least kind");
    assert_eq!(csv("\n\n"), "a.csv:1: the file is empty; the first line names the columns, at least kind");
    assert!(csv("customer_id,mrr\n").starts_with("a.csv:1: the header has no column kind; name the column that says"));
    assert!(csv("kind,mrr,mrr\n").starts_with("a.csv:1: column 3 (mrr): \"mrr\" is in the header twice"));
    assert!(csv("kind,Customer ID\n").starts_with(
        "a.csv:1: column 2 (Customer ID): \"Customer ID\" is not a known column; did you mean customer_id?"
    ));
    assert!(csv("kind,customer_id\rnew,a\r").starts_with("a.csv:1: the lines end with a carriage return alone"));
    let many = format!("kind{}\n", ",attr.x".repeat(4_096));
    assert!(csv(&many).starts_with("a.csv:1: the header has at least 4097 columns; a file may have at most 4096"));
    assert_eq!(
        csv("kind,customer_id,effective_at,mrr,\nnew,a,2025-01-01,1,\nnew,b,2025-01-01,1,x\n"),
        "row 1 on line 2: new_logo\n\
         refused row 2 on line 3, column 5 -: \"x\" stands in a column without a name; name the column in the header, or quote values that hold a delimiter\n"
    );
}

#[test]
fn delimiters_are_found_out() {
    for delimiter in [",", ";", "\t"] {
        let text = ["kind", "customer_id", "effective_at", "mrr"].join(delimiter);
        let row = ["new", "\"a,b;c\td\"", "2025-01-01", "1"].join(delimiter);
        assert_eq!(csv(&format!("{text}\r\n{row}\r\n")), "row 1 on line 2: new_logo\n", "{delimiter:?}");
    }
}

#[test]
fn foreign_columns_come_in_by_name() {
    let mut options = options("UTC", Some("USD"));
    let pair = |old: &str, new: &str| (old.to_owned(), new.to_owned());
    options.columns = vec![
        pair("event_type", "kind"),
        pair("event_date", "effective_at"),
        pair("mrr_amount", "mrr"),
        pair("notes", ""),
    ];
    options.kinds = vec![pair("signup", "new_logo")];
    let text = "event_id,customer_id,event_date,event_type,plan,mrr_amount,notes\n1,C1,2024-10-16,signup,Pro,99,hello\n2,C1,2025-04-14,cancel,Pro,0,\n";
    assert_eq!(told(text.as_bytes(), "a.csv", &options), "row 1 on line 2: new_logo\nrow 2 on line 3: churn\n");
    assert_eq!(
        told(b"event_id,customer_id\n", "a.csv", &options),
        "a.csv:1: --map names a column \"event_date\" that the header lacks; the header has \"event_id\", \"customer_id\""
    );
    options.columns = vec![pair("x", "kindd")];
    assert!(told(b"", "a.csv", &options).starts_with("\"kindd\" is not a native column; the known names are"));
    options.columns = vec![pair("x", "kind"), pair("x", "mrr")];
    assert_eq!(told(b"", "a.csv", &options), "\"x\" is mapped twice");
    options.kinds = vec![pair("x", "y")];
    assert!(told(b"", "a.csv", &options).starts_with("\"y\" is not a kind; the kinds are"));
}

#[test]
fn json_lines_say_the_same() {
    let good = r#"{"kind":"new","customer_id":7,"effective_at":"2025-01-01","mrr":10.50,"attr.vip":true,"plan":null,"quantity":""}"#;
    assert_eq!(jsonl(&format!("{good}\n\n{good}\r\n")), "row 1 on line 1: new_logo\nrow 3 on line 3: new_logo\n");
    for (line, problem) in [
        (
            r#"{"kind":"new","kind":"churn"}"#,
            "column 20 -: the line is not a JSON object: the key \"kind\" stands twice; write one object per line, like {\"kind\": \"churn\", ...}",
        ),
        (
            r#"["new"]"#,
            "column 0 -: the line is not a JSON object: invalid type: sequence, expected an object like {\"kind\": \"new_logo\", ...}; write one object per line, like {\"kind\": \"churn\", ...}",
        ),
        (
            r#"{"kind":"new""#,
            "column 13 -: the line is not a JSON object: EOF while parsing an object; write one object per line, like {\"kind\": \"churn\", ...}",
        ),
        (
            r#"{"kind":"upgrade","customer_id":"a","effective_at":"2025-01-01","mrr":1e3}"#,
            "column - mrr: mrr: \"1e+3\" has an exponent; write out all digits, like 1000 for 1e3",
        ),
        (
            r#"{"kind":"upgrade","customer_id":"a","effective_at":20250101,"mrr":1}"#,
            "column - effective_at: effective_at: is a number; write a date like \"2025-06-30\", or an instant like \"2025-06-30T23:59:59Z\"",
        ),
        (r#"{"kind":"upgrade","customer_id":["a"]}"#, "column - customer_id: customer_id: is a list; write one text"),
        (
            r#"{"kind":"upgrade","customer_id":true}"#,
            "column - customer_id: customer_id: is true or false; write a text",
        ),
        (
            r#"{"kind":"upgrade","attr":{"region":"EMEA"}}"#,
            "column - attr: \"attr\" is not a known key; write each attribute as a key of its own, like \"attr.region\": \"EMEA\"",
        ),
        (r#"{"kind":"upgrade","effective_at":"2025-01-01","mrr":1}"#, "column - customer_id: customer_id: is missing"),
        (
            r#"{"mrr":{"$serde_json::private::Number":"x"}}"#,
            "column 1 -: the line is not a JSON object: invalid number; write one object per line, like {\"kind\": \"churn\", ...}",
        ),
    ] {
        assert_eq!(jsonl(line), format!("refused row 1 on line 1, {problem}\n"), "{line}");
    }
    assert!(jsonl(r#"{"kind":"upgrade","mmr":1}"#).contains("column - mmr: mmr: \"mmr\" is not a known column"));
}

#[test]
fn packed_files_that_are_none_are_named() {
    let options = options("UTC", None);
    assert!(told(b"kind\n", "a.csv.gz", &options).contains("cannot be unpacked as gzip"));
    assert!(told(b"kind\n", "a.csv.zst", &options).contains("cannot be unpacked as zstd"));
    assert!(told(b"\x1f\x8b\x08\x00", "a.csv", &options).contains("cannot be unpacked as gzip"));
    assert_eq!(
        told(b"", "a.txt", &options),
        "a.txt: the format cannot be told from the name; say --format csv or --format jsonl"
    );
}

#[test]
fn equal_rows_without_keys_are_told_apart() {
    let row = "new,a,2025-01-01,1.0,\n";
    let outcome = read(
        format!("{HEADER}{row}new,b,2025-01-01,1,\nnew,a,2025-01-01,1.00,\n{row}").as_bytes(),
        "a.csv",
        &options("UTC", Some("USD")),
    );
    let ids: Vec<_> = outcome.expect("reads").events.iter().map(|event| event.key.clone()).collect();
    let ordinals = [0, 0, 1, 2].map(|ordinal| recount_ledger::Key::Content { ordinal });
    assert_eq!(ids, ordinals);
}
