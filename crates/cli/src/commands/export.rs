//! `recount export`: the records in a form that an empty ledger can take over, to the byte.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use recount_import::{CsvExport, Format, exported_json};
use recount_ledger::{Reader, Recorded};
use serde::Serialize;

use crate::context::Context;
use crate::error::{CommandError, ErrorKind};
use crate::output::csv::Records;
use crate::output::progress::Bar;
use crate::output::{Page, Report, json, money, stdout_error};
use crate::scope::hex;

const EXAMPLES: &str = "\
Examples:
  recount export > ledger.jsonl
  recount export --format csv --to ledger.csv
  recount export --from 1200 --to since.jsonl      what was recorded from position 1200 on
  recount --ledger other init && recount --ledger other import ledger.jsonl

An empty ledger that imports an export has the same records, ids and root afterwards. Parts, each from where the one
before ended, give the same as the whole. While it runs, other processes cannot write.";

/// Flags of `export`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// How the rows are written: csv or jsonl [default: by the file's name, else jsonl]
    #[arg(long)]
    pub format: Option<Format>,
    /// From this position on
    #[arg(long, value_name = "P", default_value_t = 0)]
    pub from: u64,
    /// Write here instead of to standard output; a file that is there is replaced once the export is whole
    #[arg(long, value_name = "FILE")]
    pub to: Option<PathBuf>,
}

/// Writes the records.
pub fn run(args: &Args, context: &mut Context) -> Result<(), CommandError> {
    let reader = context.reader()?;
    if args.from > reader.size() {
        let message = format!("--from {}: the ledger has {} records", args.from, reader.size());
        let error = CommandError::new(ErrorKind::Usage, "beyond", message);
        return Err(CommandError { position: Some(args.from), ..error });
    }
    let named = args.to.as_deref().and_then(Format::of_path);
    let format = args.format.or(named).unwrap_or(Format::JsonLines);
    let bar = Bar::records(&context.out, "exporting", reader.size() - args.from);
    match &args.to {
        None => {
            write(&reader, args.from, format, context.out.stdout(), &bar, &|error| stdout_error(&error))?;
            context.out.flush()
        }
        Some(path) => {
            let bytes = write_file(&reader, args.from, format, path, &bar)?;
            let exported = Exported {
                schema: "recount.export/1",
                file: path.display().to_string(),
                format: format.name(),
                records: reader.size() - args.from,
                from: args.from,
                bytes,
                size: reader.size(),
                root: hex(&reader.root()),
            };
            context.out.report(&exported)
        }
    }
}

/// Writes a file under another name, and names it once it is whole.
fn write_file(reader: &Reader, from: u64, format: Format, path: &Path, bar: &Bar) -> Result<u64, CommandError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    let partial = path.with_file_name(name);
    let done = (|| {
        let failed = |error: io::Error| CommandError::io("write", path, &error);
        let mut out = BufWriter::with_capacity(1 << 16, File::create(&partial).map_err(failed)?);
        write(reader, from, format, &mut out, bar, &failed)?;
        let file = out.into_inner().map_err(|error| failed(error.into_error()))?;
        file.sync_all().map_err(failed)?;
        let bytes = file.metadata().map_err(failed)?.len();
        std::fs::rename(&partial, path).map_err(failed)?;
        Ok(bytes)
    })();
    if done.is_err() {
        // What is left of it is not the export, and is named so.
        std::fs::remove_file(&partial).ok();
    }
    done
}

fn write(
    reader: &Reader,
    from: u64,
    format: Format,
    out: &mut dyn Write,
    bar: &Bar,
    failed: &dyn Fn(io::Error) -> CommandError,
) -> Result<(), CommandError> {
    let mut put = |line: &str| out.write_all(line.as_bytes()).map_err(failed);
    match format {
        Format::JsonLines => each(reader, from, bar, |record| put(&json::document(&exported_json(record)))),
        Format::Csv => {
            let mut sheet = CsvExport::default();
            each(reader, from, bar, |record| {
                sheet.look(&record.event);
                Ok(())
            })?;
            let header =
                sheet.header().map_err(|error| CommandError::new(ErrorKind::Usage, "too_many_columns", error))?;
            put(&header)?;
            each(reader, from, bar, |record| put(&sheet.row(record)))
        }
    }
}

/// The records from a position on, one by one.
fn each(
    reader: &Reader,
    from: u64,
    bar: &Bar,
    mut work: impl FnMut(&Recorded<&str>) -> Result<(), CommandError>,
) -> Result<(), CommandError> {
    for chunk in reader.read(from..reader.size())?.read_ahead() {
        let chunk = chunk?;
        chunk.records().try_for_each(|record| work(&record))?;
        bar.set(chunk.positions().end - from);
    }
    Ok(())
}

#[derive(Serialize)]
struct Exported {
    schema: &'static str,
    file: String,
    format: &'static str,
    records: u64,
    from: u64,
    bytes: u64,
    size: u64,
    root: String,
}

impl Report for Exported {
    fn page(&self) -> Page {
        let mut page = Page::new();
        page.line(format!("{} records to {}", money::count(self.records), self.file));
        page.line(format!("root {} over {} records", self.root, money::count(self.size)));
        page
    }

    fn records(&self) -> Records {
        let mut records = Records::new(["file", "format", "records", "from", "bytes", "size", "root"]);
        let counts = [self.records, self.from, self.bytes, self.size].map(|count| count.to_string());
        let [count, from, bytes, size] = counts;
        records.row([self.file.as_str(), self.format, &count, &from, &bytes, &size, &self.root]);
        records
    }
}
