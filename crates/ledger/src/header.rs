//! The file `header`: what a ledger is called and what holds for all of it.
//!
//! Text, so that anyone can read it in twenty years; its last line is a checksum of the lines before.

use std::fmt::Write;
use std::path::Path;

use uuid::Uuid;

use crate::currency::Currency;
use crate::error::{Damage, DiskError, OpenError};
use crate::instant::Instant;
use crate::ledger::CREATING;
use crate::medium::Folder;
use crate::zone::Zone;

/// The newest format of a ledger that this program reads, and the one it writes.
pub const FORMAT_VERSION: u32 = 1;

const FILE: &str = "header";
const TITLE: &str = "recount ledger";

/// What holds for a whole ledger, chosen when it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The format of its files.
    pub format: u32,
    /// Its id: random, the same for ever.
    pub id: Uuid,
    /// The book zone.
    pub zone: Zone,
    /// The currency of amounts that name none.
    pub currency: Option<Currency>,
    /// When it was made.
    pub created_at: Instant,
}

impl Header {
    /// Reads the header of the ledger in `dir`.
    pub fn read(dir: &Path) -> Result<Self, OpenError> {
        Self::read_in(&Folder::on_disk(dir))
    }

    /// Reads the header of the ledger in a folder of any medium.
    pub(crate) fn read_in(dir: &Folder) -> Result<Self, OpenError> {
        let file = dir.join(FILE);
        match dir.read(FILE) {
            Ok(bytes) => Self::parse(&bytes, &file),
            // A tail without a header is a ledger that lost it, not a folder without a ledger.
            Err(e)
                if e.kind() == std::io::ErrorKind::NotFound && dir.has(crate::tail::FILE)? && !dir.has(CREATING)? =>
            {
                Err(Damage::of(&file, "is missing beside a tail; restore it from a copy of this ledger").into())
            }
            Err(e) if is_absent(&e) => Err(OpenError::Missing(dir.to_path_buf())),
            Err(e) => Err(DiskError::at("read", &file)(e).into()),
        }
    }

    /// Writes the header, as the last step of making a ledger.
    pub(crate) fn write(&self, dir: &Folder) -> Result<(), DiskError> {
        dir.replace(FILE, self.to_text().as_bytes())
    }

    fn to_text(self) -> String {
        let mut text = format!("{TITLE}\nformat {}\nid {}\nzone {}\n", self.format, self.id, self.zone);
        if let Some(currency) = self.currency {
            let _infallible = writeln!(text, "currency {currency}");
        }
        let _infallible = writeln!(text, "created_at {}", self.created_at);
        let _infallible = writeln!(text, "checksum {:08x}", crc32c::crc32c(text.as_bytes()));
        text
    }

    fn parse(bytes: &[u8], file: &Path) -> Result<Self, OpenError> {
        let bad = |what: &str| Damage::of(file, format!("{what}; restore it from a copy of this ledger"));
        let text = std::str::from_utf8(bytes).map_err(|_| bad("is not text"))?;
        let field = |name: &str| {
            text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).ok_or_else(|| bad("lacks a line"))
        };
        if text.lines().next() != Some(TITLE) {
            return Err(bad("is not the header of a ledger").into());
        }
        let format = field("format")?.parse().map_err(|_| bad("has a format that is no number"))?;
        // Looked at before the checksum: a later format may say more, or otherwise.
        if format > FORMAT_VERSION {
            return Err(OpenError::Newer { file: file.to_owned(), found: format, known: FORMAT_VERSION });
        }
        let body = text.rfind("checksum ").unwrap_or(0);
        if u32::from_str_radix(field("checksum")?, 16) != Ok(crc32c::crc32c(&bytes[..body])) {
            return Err(bad("does not match its checksum").into());
        }
        if bytes.len() != body + "checksum 01234567\n".len() {
            return Err(bad("does not end with its checksum").into());
        }
        let currency = field("currency").ok().map(str::parse).transpose();
        Ok(Self {
            format,
            id: field("id")?.parse().map_err(|_| bad("has an id that is no UUID"))?,
            zone: field("zone")?.parse().map_err(|_| bad("names an unknown zone"))?,
            currency: currency.map_err(|_| bad("names an unknown currency"))?,
            created_at: field("created_at")?.parse().map_err(|_| bad("has an unreadable created_at"))?,
        })
    }
}

fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Header {
        Header {
            format: FORMAT_VERSION,
            id: Uuid::from_u128(7),
            zone: "Europe/Berlin".parse().expect("a zone"),
            currency: Some("EUR".parse().expect("a currency")),
            created_at: "2025-01-01T00:00:00.000001Z".parse().expect("an instant"),
        }
    }

    #[test]
    fn reads_what_it_wrote() {
        for currency in [header().currency, None] {
            let header = Header { currency, ..header() };
            assert_eq!(Header::parse(header.to_text().as_bytes(), Path::new("header")).expect("parses"), header);
        }
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let text = header().to_text();
        for bit in 0..text.len() * 8 {
            let mut bytes = text.clone().into_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            // The sum is hexadecimal of either case; everything else must be seen.
            if !bytes.eq_ignore_ascii_case(text.as_bytes())
                || bytes[..text.len() - 10] != text.as_bytes()[..text.len() - 10]
            {
                assert_ne!(Header::parse(&bytes, Path::new("header")).ok(), Some(header()), "bit {bit}");
            }
        }
    }

    #[test]
    fn a_newer_format_is_named() {
        let text = header().to_text().replace("format 1", "format 9");
        let error = Header::parse(text.as_bytes(), Path::new("header"));
        assert!(matches!(error, Err(OpenError::Newer { found: 9, .. })));
    }
}
