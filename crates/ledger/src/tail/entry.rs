//! One commit in the tail: a group of batches, whole or torn.
//!
//! Entries start at multiples of 16 bytes: a header of fixed length with a checksum of its own and one of the payload,
//! then the payload: per batch `recorded_at` and the number of its records, per record length and content bytes.

use crate::instant::Instant;
use crate::merkle::Hash;
use crate::tail::head::Fields;

/// The length of an entry's header.
pub const ENTRY_HEAD: usize = 80;
/// The most payload of one entry.
pub const ENTRY_BYTES_MAX: usize = 64 << 20;
/// Entries start at multiples of this.
pub const ALIGN: usize = 16;

const MAGIC: &[u8; 4] = b"ENT1";
const COMMIT: u32 = 1;
const CLOSED: u32 = 2;

/// One batch as it lies in the tail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// The position of its first record.
    pub first: u64,
    /// When its records were recorded.
    pub recorded_at: Instant,
    /// The canonical content bytes of its records.
    pub contents: Vec<Box<[u8]>>,
}

impl Commit {
    /// The position after its last record.
    pub fn end(&self) -> u64 {
        self.first + self.contents.len() as u64
    }
}

/// The header of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryHead {
    pub first: u64,
    pub count: u32,
    pub closed: bool,
    /// The root after it.
    pub root: Hash,
    pub payload: usize,
    payload_sum: u32,
}

impl EntryHead {
    /// Reads a header that belongs to the tail with this salt.
    pub fn parse(bytes: &[u8], salt: u64) -> Option<Self> {
        let bytes = bytes.get(..ENTRY_HEAD)?;
        let mut rest = Fields(bytes);
        let magic: [u8; 4] = rest.take();
        let payload = u32::from_le_bytes(rest.take()) as usize;
        let found_salt = u64::from_le_bytes(rest.take());
        let first = u64::from_le_bytes(rest.take());
        let count = u32::from_le_bytes(rest.take());
        let kind = u32::from_le_bytes(rest.take());
        let root = Hash(rest.take());
        let _reserved: [u8; 8] = rest.take();
        let payload_sum = u32::from_le_bytes(rest.take());
        let sum = u32::from_le_bytes(rest.take());
        let valid = magic == *MAGIC && found_salt == salt && crc32c::crc32c(&bytes[..ENTRY_HEAD - 4]) == sum;
        let known = kind == COMMIT || kind == CLOSED;
        (valid && known).then_some(Self { first, count, closed: kind == CLOSED, root, payload, payload_sum })
    }

    /// The payload of this header, if all of it is there and matches its checksum.
    pub fn payload_of<'a>(&self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        let payload = bytes.get(ENTRY_HEAD..ENTRY_HEAD + self.payload)?;
        (crc32c::crc32c(payload) == self.payload_sum).then_some(payload)
    }

    /// How far the next entry is.
    pub fn stride(&self) -> usize {
        ENTRY_HEAD + self.payload.next_multiple_of(ALIGN)
    }
}

/// The bytes of an entry that holds these batches, in order.
pub fn commit_entry(batches: &[&Commit], first: u64, root: Hash, salt: u64) -> Vec<u8> {
    let mut out = vec![0; ENTRY_HEAD];
    for batch in batches {
        out.extend_from_slice(&batch.recorded_at.micros().to_le_bytes());
        out.extend_from_slice(&(batch.contents.len() as u32).to_le_bytes());
        for content in &batch.contents {
            out.extend_from_slice(&(content.len() as u32).to_le_bytes());
            out.extend_from_slice(content);
        }
    }
    let count = batches.iter().map(|batch| batch.contents.len() as u32).sum();
    finish(out, COMMIT, first, count, root, salt)
}

/// The bytes of an entry that says that nothing follows: the writer ended in order.
pub fn closed_entry(size: u64, root: Hash, salt: u64) -> Vec<u8> {
    finish(vec![0; ENTRY_HEAD], CLOSED, size, 0, root, salt)
}

fn finish(mut out: Vec<u8>, kind: u32, first: u64, count: u32, root: Hash, salt: u64) -> Vec<u8> {
    let payload = out.len() - ENTRY_HEAD;
    let mut head = MAGIC.to_vec();
    head.extend_from_slice(&(payload as u32).to_le_bytes());
    head.extend_from_slice(&salt.to_le_bytes());
    head.extend_from_slice(&first.to_le_bytes());
    head.extend_from_slice(&count.to_le_bytes());
    head.extend_from_slice(&kind.to_le_bytes());
    head.extend_from_slice(&root.0);
    head.extend_from_slice(&[0; 8]);
    head.extend_from_slice(&crc32c::crc32c(&out[ENTRY_HEAD..]).to_le_bytes());
    head.extend_from_slice(&crc32c::crc32c(&head).to_le_bytes());
    out[..ENTRY_HEAD].copy_from_slice(&head);
    out.resize(ENTRY_HEAD + payload.next_multiple_of(ALIGN), 0);
    out
}

/// Reads the batches of a payload; none if it does not hold exactly the records that its header counts.
pub fn read_payload(head: &EntryHead, payload: &[u8]) -> Option<Vec<Commit>> {
    let mut rest = payload;
    let mut first = head.first;
    let mut batches = Vec::new();
    while !rest.is_empty() {
        let recorded_at = Instant::from_micros(i64::from_le_bytes(field(&mut rest)?)).ok()?;
        let count = u32::from_le_bytes(field(&mut rest)?);
        let contents = (0..count).map(|_| {
            let length = u32::from_le_bytes(field(&mut rest)?) as usize;
            let (content, after) = rest.split_at_checked(length)?;
            rest = after;
            Some(content.into())
        });
        let batch = Commit { first, recorded_at, contents: contents.collect::<Option<_>>()? };
        // Damage can count beyond the last number there is.
        first = first.checked_add(batch.contents.len() as u64)?;
        batches.push(batch);
    }
    (Some(first) == head.first.checked_add(u64::from(head.count))).then_some(batches)
}

fn field<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (field, after) = rest.split_first_chunk::<N>()?;
    *rest = after;
    Some(*field)
}
