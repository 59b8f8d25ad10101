//! Writing runs: from hashes in ascending order, and from other runs.

use super::run::{HEADER_BYTES, Run, RunHeader, bucket_crc, file_name};
use crate::error::DiskError;
use crate::medium::{Access, Folder};

/// Entries that a bucket has on average.
const BUCKET_ENTRIES: u64 = 64;
/// Entries are handed to the system in pieces of this.
const BUFFER: usize = 1 << 18;

/// What a run is to hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub first: u64,
    pub end: u64,
    /// Ids and voids together.
    pub entries: u64,
    pub voids: u64,
    /// Low bits of the hashes that are not known.
    pub lost_bits: u32,
}

impl Plan {
    fn position_bits(&self) -> u32 {
        (64 - (self.end - self.first).leading_zeros()).max(self.lost_bits).max(1)
    }

    /// The bits that hold hashes, not positions.
    pub(super) fn hash_mask(&self) -> u64 {
        !((1 << self.position_bits()) - 1)
    }

    fn bucket_bits(&self) -> u32 {
        (64 - (self.entries / BUCKET_ENTRIES).leading_zeros()).max(1)
    }
}

/// Writes a run of (hash, position), their hashes ascending in the bits of the plan's mask.
pub(super) fn write(
    dir: &Folder,
    plan: Plan,
    sorted: impl Iterator<Item = Result<(u64, u64), DiskError>>,
) -> Result<Run, DiskError> {
    let name = file_name(plan.first, plan.end);
    let new_name = format!("{name}.new");
    let new = dir.join(&new_name);
    let mut header = RunHeader {
        bucket_bits: plan.bucket_bits(),
        position_bits: plan.position_bits(),
        first: plan.first,
        end: plan.end,
        entries: plan.entries,
        voids: plan.voids,
        buckets_crc: 0,
        entries_crc: 0,
    };
    let file = dir.open(&new_name, Access::Replace).map_err(DiskError::at("create", &new))?;
    let (mut buffer, mut at) = (Vec::with_capacity(BUFFER + 8), header.entries_start());
    // Entries of each bucket and their checksum; the last is none, but says where the entries end.
    let mut buckets = vec![(0u32, 0u32); (1 << header.bucket_bits) + 1];
    for item in sorted {
        let (hash, position) = item?;
        let entry = hash & plan.hash_mask() | (position - plan.first);
        let bytes = entry.to_le_bytes();
        let (count, sum) = &mut buckets[(hash >> (64 - header.bucket_bits)) as usize];
        (*count, *sum) = (*count + 1, crc32c::crc32c_append(*sum, &bytes));
        header.entries_crc = crc32c::crc32c_append(header.entries_crc, &bytes);
        buffer.extend_from_slice(&bytes);
        if buffer.len() >= BUFFER {
            file.write_all_at(&buffer, at).map_err(DiskError::at("write", &new))?;
            at += buffer.len() as u64;
            buffer.clear();
        }
    }
    file.write_all_at(&buffer, at).map_err(DiskError::at("write", &new))?;
    let mut from = 0;
    let mut buckets_bytes = Vec::with_capacity(buckets.len() * 8);
    for (count, sum) in buckets {
        buckets_bytes.extend_from_slice(&u32::to_le_bytes(from));
        buckets_bytes.extend_from_slice(&bucket_crc(sum, from, from + count).to_le_bytes());
        from += count;
    }
    assert_eq!(u64::from(from), plan.entries, "a run is planned for the entries it gets");
    header.buckets_crc = crc32c::crc32c(&buckets_bytes);
    file.write_all_at(&header.to_bytes(), 0).map_err(DiskError::at("write", &new))?;
    file.write_all_at(&buckets_bytes, HEADER_BYTES).map_err(DiskError::at("write", &new))?;
    file.sync_all().map_err(DiskError::at("sync", &new))?;
    dir.put_in_place(&new_name, &name)?;
    let path = dir.join(&name);
    Run::open(dir, name)?.ok_or_else(|| {
        let vanished = std::io::Error::new(std::io::ErrorKind::NotFound, "it was just written and is no run any more");
        DiskError::at("open", &path)(vanished)
    })
}

/// Writes one run of the positions of several that follow each other.
pub(super) fn merge(dir: &Folder, runs: &[Run]) -> Result<Run, DiskError> {
    let headers = || runs.iter().map(|run| run.header);
    let plan = Plan {
        first: headers().map(|h| h.first).min().unwrap_or_default(),
        end: headers().map(|h| h.end).max().unwrap_or_default(),
        entries: headers().map(|h| h.entries).sum(),
        voids: headers().map(|h| h.voids).sum(),
        lost_bits: headers().map(|h| h.position_bits).max().unwrap_or_default(),
    };
    let mask = plan.hash_mask();
    let mut sources = Vec::with_capacity(runs.len());
    for run in runs {
        let mut entries = run.entries();
        sources.push((entries.next().transpose()?, run, entries));
    }
    let merged = std::iter::from_fn(|| {
        let least = sources.iter_mut().filter(|(head, ..)| head.is_some());
        let (head, run, entries) = least.min_by_key(|(head, ..)| head.map(|entry| entry & mask))?;
        let entry = (*head)?;
        match entries.next().transpose() {
            Ok(next) => *head = next,
            Err(error) => return Some(Err(error)),
        }
        Some(Ok((entry & mask, run.position(entry))))
    });
    write(dir, plan, merged)
}
