//! Files made to hurt: they are refused early, in bounded memory, and nothing panics.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use recount_tests::{Home, Ran, recount};

/// What a process may take, all of it, when it reads what it should not: a kibibyte more and the system refuses.
const MEMORY_KIB: u32 = 640 * 1024;
/// So much of an endless file may be read before it is refused.
const READ_MAX: u64 = 16 << 20;

const HEADER: &[u8] = b"kind,event_id,customer_id,effective_at,mrr\n";

/// Runs the binary in bounded memory, its standard input given piece by piece for as long as it takes any, up to `most`
/// bytes; what it said, and how many bytes it took.
fn fed(home: &Home, arguments: &[&str], start: &[u8], piece: &[u8], most: u64) -> (Ran, u64) {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("ulimit -v {MEMORY_KIB}; exec \"$0\" \"$@\"")]).arg(recount()).args(arguments);
    shell.current_dir(home.path()).env("USER", "tester").env_remove("RECOUNT_LEDGER");
    shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = shell.spawn().expect("a shell runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    let mut taken = 0;
    if stdin.write_all(start).is_ok() {
        while taken < most && stdin.write_all(piece).is_ok() {
            taken += piece.len() as u64;
        }
    }
    drop(stdin);
    (Ran::of(arguments, child.wait_with_output().expect("it ends")), taken)
}

#[test]
fn a_line_of_a_gibibyte_is_refused_when_it_is_too_long() {
    let home = Home::with_ledger();
    let letters = vec![b'x'; 1 << 20];
    let quoted = [HEADER, b"new,\""].concat();
    let starts: [(&str, &[u8]); 4] =
        [("csv", HEADER), ("csv", &quoted), ("jsonl", b"{\"kind\":\""), ("jsonl", b"{\"kind\":\"new\"}\n")];
    for (format, start) in starts {
        let (ran, taken) = fed(&home, &["import", "-", "--format", format], start, &letters, 1 << 30);
        assert_eq!(ran.code, 3, "{ran:?}");
        assert!(ran.stderr.contains("longer than 8388608 bytes") || ran.stderr.contains("line"), "{ran:?}");
        assert!(taken <= READ_MAX, "{taken} bytes of a line were read");
        assert!(ran.stderr.len() < 4_096, "{} bytes of error", ran.stderr.len());
    }
}

#[test]
fn ten_million_columns_are_refused_at_the_first_thousands() {
    let home = Home::with_ledger();
    for piece in ["a,".repeat(1 << 19), "kind,".repeat(1 << 17), "\"a\",".repeat(1 << 18)] {
        let (ran, taken) = fed(&home, &["import", "-", "--format", "csv"], b"", piece.as_bytes(), 40_000_000);
        assert_eq!(ran.code, 3, "{ran:?}");
        assert!(taken <= READ_MAX && ran.stderr.len() < 4_096, "{taken} bytes read, {} said", ran.stderr.len());
    }
    // As many fields as a row may hold under a header of five, and as many keys as an object may.
    let row = [HEADER, b"new", &b",".repeat(1_000_000), b"\n"].concat();
    let (ran, _) = fed(&home, &["import", "-", "--format", "csv"], &row, b"", 0);
    assert!(ran.code == 3 && ran.stderr.contains("1000001 fields"), "{ran:?}");
    let keys: String = (0..100_000).map(|key| format!("\"{key}\":0,")).collect();
    let (ran, _) = fed(&home, &["import", "-", "--format", "jsonl"], format!("{{{keys}\"z\":0}}\n").as_bytes(), b"", 0);
    assert!(ran.code == 3 && ran.stderr.contains("more than 4096 keys"), "{ran:?}");
    let (ran, _) = fed(&home, &["import", "-", "--format", "jsonl"], &b"[".repeat(1 << 19), b"\n", 1);
    assert_eq!(ran.code, 3, "{ran:?}");
}

#[test]
fn a_zip_bomb_is_refused_before_it_goes_off() {
    let home = Home::with_ledger();
    const UNPACKED: usize = 16 << 20;
    let blank: Vec<u8> = (1..=UNPACKED).map(|at| if at.is_multiple_of(1 << 19) { b'\n' } else { b' ' }).collect();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(&blank).expect("packs");
    let members = [("gz", gzip.finish().expect("packs")), ("zst", zstd::bulk::compress(&blank, 1).expect("packs"))];
    for (name, member) in members {
        let (mut packed, mut out) = (Vec::new(), 0u64);
        while out < 4 << 30 {
            packed.extend_from_slice(&member);
            out += UNPACKED as u64;
        }
        let path = home.path().join(format!("bomb.jsonl.{name}"));
        std::fs::write(&path, &packed).expect("writes");
        let file = path.to_str().expect("a path");
        let (ran, _) = fed(&home, &["import", file], b"", b"", 0);
        assert!(ran.code == 3 && ran.stderr.contains("times its size"), "{ran:?}");
    }
    // Packed twice: what comes out is no text, and says so.
    let twice = zstd::bulk::compress(&zstd::bulk::compress(HEADER, 1).expect("packs"), 1).expect("packs");
    std::fs::write(home.path().join("twice.csv.zst"), twice).expect("writes");
    let ran = home.run(&["import", "twice.csv.zst"]);
    assert!(ran.code == 3 && ran.stderr.contains("packed twice"), "{ran:?}");
}

#[test]
fn a_million_bad_rows_take_no_memory() {
    let home = Home::with_ledger();
    let rows = b"x\n".repeat(1 << 17);
    let (ran, _) = fed(&home, &["import", "-", "--format", "csv"], HEADER, &rows, 1 << 21);
    assert!(ran.code == 3 && ran.stderr.contains("the row has 1 fields, the header 5"), "{ran:?}");
    let rejects = ["import", "-", "--format", "csv", "--rejects", "bad.csv", "-q", "-o", "json"];
    let (ran, _) = fed(&home, &rejects, HEADER, &rows, 1 << 18);
    assert!(ran.code == 3 && ran.json()["rejected"].as_u64() >= Some(1 << 17), "{:?}", ran.code);
}

/// A dozen files that nobody would make by accident.
fn hostile() -> Vec<(&'static str, Vec<u8>)> {
    let noise: Vec<u8> = (0u64..4_096).map(|n| (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8).collect();
    vec![
        ("empty", Vec::new()),
        ("noise", noise.clone()),
        ("zeros", vec![0; 5_000]),
        ("ones", vec![0xff; 5_000]),
        ("newlines", vec![b'\n'; 5_000]),
        ("quotes", vec![b'"'; 5_000]),
        ("gzip", [&[0x1f, 0x8b, 8, 0][..], &noise].concat()),
        ("zstd", [&[0x28, 0xb5, 0x2f, 0xfd][..], &noise].concat()),
        ("huge zstd", [&[0x28, 0xb5, 0x2f, 0xfd, 0xe0][..], &[0xff; 16]].concat()),
        ("utf-16", [&[0xff, 0xfe][..], &noise].concat()),
        ("nested", b"[".repeat(20_000)),
        ("nested objects", b"{\"size\":".repeat(20_000)),
        ("toml", b"a.".repeat(20_000)),
        ("tail", [b"RCNTTAIL", &noise[..]].concat()),
        ("long", b"kind=\"".repeat(200_000)),
        ("signed", b"recount/x\n18446744073709551615\nAAAA\n\n\xe2\x80\x94 x AAAA\n".to_vec()),
    ]
}

#[test]
fn no_file_makes_a_command_panic() {
    let home = Home::with_ledger();
    home.type_in("append --kind new --customer-id a --effective-at 2024-01-01 --mrr 5 --currency USD").good();
    let commands: [&[&str]; 14] = [
        &["import", "FILE", "--format", "csv"],
        &["import", "FILE", "--format", "jsonl", "--rejects", "rejects"],
        &["import", "FILE.csv.gz"],
        &["import", "FILE.jsonl.zst"],
        &["ndr", "--window", "2025", "--definition", "FILE"],
        &["verify", "--checkpoint", "FILE"],
        &["verify", "--checkpoint", "FILE", "--key", "FILE"],
        &["verify-proof", "FILE"],
        &["prove", "--from", "FILE"],
        &["checkpoint", "--sign", "FILE"],
        &["define", "FILE"],
        &["restore", "FILE", "--to", "restored"],
        &["log", "--ledger", "FILE"],
        &["verify", "--ledger", "FILE"],
    ];
    for (name, bytes) in hostile() {
        for command in commands {
            let given = command.iter().find(|word| word.contains("FILE")).expect("a file");
            let file = given.replace("FILE", "hostile");
            std::fs::write(home.path().join(&file), &bytes).expect("writes");
            let words: Vec<&str> =
                command.iter().map(|word| if word == given { file.as_str() } else { word }).collect();
            let ran = home.run(&words);
            let fine = ran.code == 0 && matches!(name, "empty" | "newlines" | "zeros");
            assert!(fine || (2..=5).contains(&ran.code), "{name}: {ran:?}");
            assert!(!ran.stderr.contains("panicked") && ran.stderr.len() < 16_384, "{name}: {ran:?}");
        }
    }
}

/// A pipe that nobody writes to: whoever opens it to read waits for ever.
#[test]
fn paths_within_data_are_never_opened() {
    let home = Home::with_ledger();
    let pipe = home.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs").success());
    let pipe = pipe.to_str().expect("a path");
    let csv = format!(
        "kind,event_id,customer_id,subscription_id,effective_at,mrr,currency,plan,attr.file\n\
         new,{pipe},{pipe},file://{pipe},2024-01-01,5,USD,@{pipe},{pipe}\nnew,e2,b,<{pipe},2024-01-01,x,USD,,\n"
    );
    home.write("paths.csv", &csv);
    home.write(
        "paths.toml",
        &format!("name = \"{pipe}\"\ndescription = \"@{pipe}\"\ncohort.grain = \"attribute:file\"\n"),
    );
    home.write("paths.json", &format!("{{\"file\":\"{pipe}\",\"ledger\":{{\"size\":0,\"root\":\"{pipe}\"}}}}"));
    for line in [
        "import paths.csv --rejects bad.csv",
        "log",
        "mrr --at 2025-01-01 --by file",
        "ndr --window 2025 --definition paths.toml",
        "verify --checkpoint paths.json",
        "verify",
    ] {
        let words: Vec<&str> = line.split_whitespace().collect();
        let mut child = home.command(&words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("runs");
        let begun = Instant::now();
        while child.try_wait().expect("waits").is_none() {
            assert!(begun.elapsed() < Duration::from_secs(60), "`recount {line}` waits for a pipe that its data names");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

#[test]
fn rejects_overwrite_nothing_by_surprise() {
    let home = Home::with_ledger();
    home.write("rows.csv", "kind,customer_id,effective_at,mrr\nnew,a,2024-01-01,x\n").write("victim", "precious");
    let link = home.path().join("link");
    std::os::unix::fs::symlink(home.path().join("victim"), &link).expect("a link");
    std::fs::create_dir(home.path().join("folder")).expect("a folder");
    let before = std::fs::read(home.ledger().join("header")).expect("a header");
    for (rejects, code) in [
        ("rows.csv", 5),
        ("./rows.csv", 5),
        ("link", 5),
        ("folder", 5),
        ("/dev/null", 5),
        ("recount-ledger/header", 2),
        ("recount-ledger/new", 2),
        ("folder/../recount-ledger/store/db", 2),
    ] {
        let ran = home.run(&["import", "rows.csv", "--rejects", rejects]);
        assert_eq!(ran.code, code, "{ran:?}");
    }
    assert_eq!(std::fs::read_to_string(home.path().join("victim")).expect("a file"), "precious");
    assert_eq!(std::fs::read(home.ledger().join("header")).expect("a header"), before);
    // A link laid under the name of the file in the making is not followed either.
    let ran = home.run(&["import", "rows.csv", "--rejects", "bad.csv"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(home.path().join("bad.csv").is_file());
}

#[test]
fn links_within_a_ledger_are_not_followed() {
    let append = "append --kind new --customer-id a --effective-at 2024-01-01 --mrr 5 --currency USD";
    for name in [
        "lock",
        "stage",
        "tree",
        "tail",
        "tail.new",
        "identity/index",
        "store/db",
        "projection/columns",
        "projection/link",
    ] {
        let home = Home::with_ledger();
        home.type_in(append).good();
        home.type_in("verify").good();
        home.write("victim", "precious")
            .write("rows.csv", "kind,customer_id,effective_at,mrr,currency\nnew,b,2024-01-01,1,USD\n");
        let link = home.ledger().join(name);
        std::fs::create_dir_all(link.parent().expect("a folder")).expect("a folder");
        if link.exists() {
            std::fs::remove_file(&link).expect("a file");
        }
        std::os::unix::fs::symlink(home.path().join("victim"), &link).expect("a link");
        for line in [append, "import rows.csv", "verify", "log", "mrr --at 2025-01-01", "backup copy"] {
            let ran = home.type_in(line);
            assert_eq!(ran.code, 4, "{name}: {ran:?}");
            assert!(ran.stderr.contains("is a symbolic link"), "{name}: {ran:?}");
        }
        assert_eq!(std::fs::read_to_string(home.path().join("victim")).expect("a file"), "precious", "{name}");
    }
    // The folder itself may be a link.
    let home = Home::with_ledger();
    std::os::unix::fs::symlink(home.ledger(), home.path().join("elsewhere")).expect("a link");
    home.type_in(&format!("--ledger elsewhere {append}")).good();
}
