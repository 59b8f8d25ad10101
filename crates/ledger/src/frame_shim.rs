//! stand-in
use crate::codec::{DecodeError, decode_content, encode_content};
use crate::id::Position;
use crate::instant::Instant;
use crate::record::Recorded;
pub const FRAME_RECORDS: usize = 2048;
#[derive(Debug)]
pub struct Frame {
    first: u64,
    records: Vec<Recorded>,
}
pub fn encode_frame<S: AsRef<str>>(records: &[Recorded<S>]) -> Vec<u8> {
    let mut out = records.first().map_or(0, |r| r.position.0).to_le_bytes().to_vec();
    for r in records {
        let mut c = vec![];
        encode_content(&r.event, &mut c);
        out.extend_from_slice(&r.recorded_at.micros().to_le_bytes());
        out.extend_from_slice(&(c.len() as u32).to_le_bytes());
        out.extend_from_slice(&c);
    }
    zstd::bulk::compress(&out, 1).expect("x")
}
impl Frame {
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let bad = || DecodeError::malformed("frame", "shim");
        let all = zstd::stream::decode_all(bytes).map_err(|_| bad())?;
        let (first, mut rest) = all.split_first_chunk::<8>().ok_or_else(bad)?;
        let first = u64::from_le_bytes(*first);
        let mut records = vec![];
        while !rest.is_empty() {
            let (at, r) = rest.split_first_chunk::<8>().ok_or_else(bad)?;
            let (len, r) = r.split_first_chunk::<4>().ok_or_else(bad)?;
            let (c, r) = r.split_at_checked(u32::from_le_bytes(*len) as usize).ok_or_else(bad)?;
            records.push(Recorded {
                position: Position(first + records.len() as u64),
                recorded_at: Instant::from_micros(i64::from_le_bytes(*at)).map_err(|_| bad())?,
                event: decode_content(c)?,
            });
            rest = r;
        }
        Ok(Self { first, records })
    }
    pub fn first(&self) -> u64 {
        self.first
    }
    pub fn len(&self) -> usize {
        self.records.len()
    }
    pub fn records(&self) -> impl Iterator<Item = Recorded<&str>> {
        self.records.iter().map(Recorded::borrowed)
    }
}
