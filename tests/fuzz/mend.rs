//! Checksums made right after damage: an attacker computes them, too, and without this no damage gets past them.

const FRAME_HEAD: usize = 20;
const TAIL_HEAD: usize = 4_096;
const ENTRY_HEAD: usize = 80;
const MANIFEST_FIXED: usize = 68;
const RUN_HEAD: usize = 56;

fn put(bytes: &mut [u8], at: usize, sum: u32) {
    if let Some(place) = bytes.get_mut(at..at + 4) {
        place.copy_from_slice(&sum.to_le_bytes());
    }
}

fn number(bytes: &[u8], at: usize) -> usize {
    bytes.get(at..at + 4).map_or(0, |place| u32::from_le_bytes(place.try_into().expect("four bytes")) as usize)
}

/// A frame's: over all bytes but its own.
pub fn frame(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if bytes.len() >= FRAME_HEAD {
        let sum = crc32c::crc32c_append(crc32c::crc32c(&bytes[..16]), &bytes[FRAME_HEAD..]);
        put(&mut bytes, 16, sum);
    }
    bytes
}

/// Those of a tail's head and of its entries, as far as their lengths lead.
pub fn tail(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if bytes.len() < TAIL_HEAD {
        return bytes;
    }
    let sum = crc32c::crc32c(&bytes[..TAIL_HEAD - 4]);
    put(&mut bytes, TAIL_HEAD - 4, sum);
    let mut at = TAIL_HEAD;
    while bytes.get(at..at + ENTRY_HEAD).is_some_and(|head| head.starts_with(b"ENT1")) {
        let payload = number(&bytes, at + 4);
        let Some(content) = bytes.get(at + ENTRY_HEAD..at + ENTRY_HEAD + payload) else { break };
        let sum = crc32c::crc32c(content);
        put(&mut bytes, at + ENTRY_HEAD - 8, sum);
        let sum = crc32c::crc32c(&bytes[at..at + ENTRY_HEAD - 4]);
        put(&mut bytes, at + ENTRY_HEAD - 4, sum);
        at += ENTRY_HEAD + payload.next_multiple_of(16);
    }
    bytes
}

/// The list of runs and the run behind it, each with its checksums.
pub fn identity(bytes: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let runs = number(bytes, MANIFEST_FIXED - 4).min(16);
    let end = (MANIFEST_FIXED + 16 * runs + 4).min(bytes.len());
    let (mut manifest, mut run) = (bytes[..end].to_vec(), bytes[end..].to_vec());
    if let Some(content) = manifest.len().checked_sub(4) {
        let sum = crc32c::crc32c(&manifest[..content]);
        put(&mut manifest, content, sum);
    }
    if run.len() >= RUN_HEAD {
        let sum = crc32c::crc32c(&run[..52]);
        put(&mut run, 52, sum);
    }
    (manifest, run)
}

/// First and last position of the first run that a list names.
pub fn first_run(manifest: &[u8]) -> Option<(u64, u64)> {
    let long = |at: usize| Some(u64::from_le_bytes(manifest.get(at..at + 8)?.try_into().ok()?));
    Some((long(MANIFEST_FIXED)?, long(MANIFEST_FIXED + 8)?))
}

/// A header's: the digits after the last `checksum`.
pub fn header(bytes: &[u8]) -> Vec<u8> {
    let word = b"checksum ";
    let at = bytes.windows(word.len()).rposition(|window| window == word);
    let Some(at) = at else { return bytes.to_vec() };
    let sum = format!("{:08x}\n", crc32c::crc32c(&bytes[..at]));
    [&bytes[..at + word.len()], sum.as_bytes()].concat()
}

/// A receipt with its ids made of its content, if it is any JSON object.
pub fn receipt(text: &str) -> Option<String> {
    let mut document = recount_metrics::receipt::exact_json(text).ok()?;
    if let Some(answer) = document.get_mut("answer").filter(|answer| answer.is_object()) {
        let id = recount_metrics::receipt::id_of(answer).ok()?;
        answer["id"] = id.into();
    }
    let id = recount_metrics::receipt::id_of(&document).ok()?;
    document.as_object_mut()?.insert("id".to_owned(), id.into());
    Some(document.to_string())
}
