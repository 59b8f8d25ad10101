//! Files and standard input: opened, unpacked, hashed and counted as they lie on disk.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};

use crate::encoding::{Utf8Reader, read_some};
use crate::error::ImportError;
use crate::format::{Compression, Format};
use crate::progress::Progress;

const BUFFER: usize = 64 * 1024;
/// What a packed file may unpack to for each of its bytes: files of events come to 5 to 50, bombs to 1,000 and more.
const RATIO_MAX: u64 = 200;
/// So much may come out of any file: less is no burden.
const UNPACKED_FREE: u64 = 32 << 20;
/// What every file packed with gzip, and with zstd, begins with.
const SIGNATURES: [(&[u8], Compression); 2] =
    [(&[0x1f, 0x8b], Compression::Gzip), (&[0x28, 0xb5, 0x2f, 0xfd], Compression::Zstd)];

/// The longest of them.
const SIGNATURE_MAX: usize = 4;

/// Where the rows come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A file.
    Path(PathBuf),
    /// Standard input, `-` on the command line.
    Stdin,
}

impl Input {
    /// The input that a command line names.
    pub fn named(name: &str) -> Self {
        if name == "-" { Self::Stdin } else { Self::Path(PathBuf::from(name)) }
    }

    /// What messages call it.
    pub fn shown(&self) -> String {
        match self {
            Self::Path(path) => path.display().to_string(),
            Self::Stdin => "<stdin>".to_owned(),
        }
    }

    /// What records call it: the name without its folders.
    pub(crate) fn file_name(&self) -> String {
        match self {
            Self::Path(path) => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            Self::Stdin => "stdin".to_owned(),
        }
    }

    /// Whether it is a file that stays; not standard input, nor a path behind which a pipe stands.
    pub(crate) fn can_be_read_again(&self) -> bool {
        matches!(self, Self::Path(path) if path.is_file())
    }

    pub(crate) fn format(&self) -> Option<Format> {
        match self {
            Self::Path(path) => Format::of_path(path),
            Self::Stdin => None,
        }
    }

    /// Opens the input as UTF-8 text. With `spool`, its raw bytes are kept for a second reading.
    pub(crate) fn open(&self, progress: &Progress, spool: Option<File>) -> Result<Opened, ImportError> {
        let failed = |error| ImportError::Read { file: self.shown(), error };
        let (raw, size, named): (Box<dyn Read + Send>, _, _) = match self {
            Self::Path(path) => {
                let file = File::open(path).map_err(failed)?;
                let metadata = file.metadata().map_err(failed)?;
                if metadata.is_dir() {
                    return Err(failed(io::Error::new(io::ErrorKind::IsADirectory, "is a folder, not a file")));
                }
                (Box::new(file), metadata.len(), Compression::of_path(path))
            }
            Self::Stdin => (Box::new(io::stdin()), 0, Compression::None),
        };
        progress.begin(size);
        Opened::of(raw, named, progress, spool).map_err(failed)
    }
}

impl Opened {
    /// Begins to read raw bytes that are packed as the name of their file says.
    pub(crate) fn of(
        raw: Box<dyn Read + Send>,
        named: Compression,
        progress: &Progress,
        spool: Option<File>,
    ) -> io::Result<Self> {
        let meter = Meter::default();
        let metered = Metered { raw, meter: meter.clone(), progress: progress.clone(), spool };
        let mut metered = BufReader::with_capacity(BUFFER, metered);
        let compression = match named {
            Compression::None => packed_as(&mut metered)?,
            known => known,
        };
        let inner: Box<dyn Read + Send> = match compression {
            Compression::None => Box::new(metered),
            Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(metered)),
            Compression::Zstd => Box::new(zstd::stream::read::Decoder::with_buffer(metered)?),
        };
        let packed = Packed { inner, compression, meter: meter.clone(), unpacked: 0, start: Vec::new() };
        Ok(Self { text: Utf8Reader::new(packed), meter })
    }
}

/// Files that are packed but not named so are unpacked all the same: no text begins like this.
fn packed_as(reader: &mut BufReader<Metered>) -> io::Result<Compression> {
    use std::io::BufRead;
    let start = reader.fill_buf()?;
    Ok(SIGNATURES.iter().find(|(magic, _)| start.starts_with(magic)).map_or(Compression::None, |(_, packed)| *packed))
}

/// An input that is being read.
pub(crate) struct Opened {
    /// Its text.
    pub text: Utf8Reader<Packed>,
    /// Its bytes.
    pub meter: Meter,
}

/// Unpacks, and says so when that fails or when it is a trap.
pub(crate) struct Packed {
    inner: Box<dyn Read + Send>,
    compression: Compression,
    meter: Meter,
    unpacked: u64,
    /// The first bytes that came out, as many as a signature has.
    start: Vec<u8>,
}

impl Read for Packed {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let name = match self.compression {
            Compression::None => return self.inner.read(out),
            Compression::Gzip => "gzip",
            Compression::Zstd => "zstd",
        };
        let got = read_some(&mut self.inner, out).map_err(|error| {
            if error.raw_os_error().is_some() {
                return error;
            }
            // What the system could read and nobody can unpack is bad input.
            bad(format!("cannot be unpacked as {name} ({error}); is it cut off, or named wrongly?"))
        })?;
        // They may come one by one.
        self.start.extend(out[..got].iter().take(SIGNATURE_MAX - self.start.len()));
        if SIGNATURES.iter().any(|(magic, _)| self.start.starts_with(magic)) {
            return Err(bad(format!("is packed twice; unpack it once ({name}) and import what comes out")));
        }
        self.unpacked += got as u64;
        if self.unpacked > UNPACKED_FREE && self.unpacked / RATIO_MAX > self.meter.bytes() {
            let what = format!("unpacks to more than {RATIO_MAX} times its size, which no file of events does");
            return Err(bad(format!("{what}; if it is one all the same, unpack it with {name} and import that")));
        }
        Ok(got)
    }
}

fn bad(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// Size and SHA-256 of the bytes read so far, as they lie on disk.
#[derive(Clone, Default)]
pub(crate) struct Meter(Arc<Mutex<(Sha256, u64)>>);

impl Meter {
    fn add(&self, bytes: &[u8]) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.0.update(bytes);
        inner.1 += bytes.len() as u64;
    }

    fn bytes(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1
    }

    pub(crate) fn bytes_and_sha256(&self) -> (u64, [u8; 32]) {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (inner.1, inner.0.clone().finalize().into())
    }
}

/// Hashes, counts and, where asked, keeps the bytes that pass.
struct Metered {
    raw: Box<dyn Read + Send>,
    meter: Meter,
    progress: Progress,
    spool: Option<File>,
}

impl Read for Metered {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let got = self.raw.read(out)?;
        self.meter.add(&out[..got]);
        self.progress.add_bytes(got as u64);
        if let Some(spool) = &mut self.spool {
            spool.write_all(&out[..got])?;
        }
        Ok(got)
    }
}
