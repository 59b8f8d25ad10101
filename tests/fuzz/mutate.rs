//! Seeded damage: the same number gives the same bytes, on every machine.

/// Bytes that parsers stumble over: ends of ranges as counts and lengths, and words of all formats.
const TOKENS: [&[u8]; 40] = [
    b"\xff\xff\xff\xff",
    b"\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\xff\xff\xff\x7f",
    b"\xff\xff\xff\xff\xff\xff\xff\x7f",
    b"\x00\x00\x00\x00\x00\x00\x00\x80",
    b"\x00\x00\x00\x40",
    b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
    b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80",
    b"\xfd\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\xfc\xff\xff\xff\xff",
    b"\xfe",
    b"\x00",
    b"\"",
    b"\"\"\"",
    b"\n",
    b"\r\n",
    b"\r",
    b",",
    b";",
    b"\t",
    b"'=",
    b"=cmd|' /C calc'!A0",
    b"\x1b[2J",
    b"\xe2\x80\xae",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xfe\xff",
    b"\x1f\x8b",
    b"\x28\xb5\x2f\xfd",
    b"[[[[[[[[[[[[[[[[",
    b"{\"a\":{\"a\":{\"a\":",
    b"\\ud800",
    b"$serde_json::private::Number",
    b"99999999999999999999999999999999999999999",
    b"-0.000000001",
    b"1e999999999",
    b"9999-12-31T23:59:60.999999999+23:59",
    b"-262143-01-01",
    b"attribute:",
    b"constant:",
];

/// A small generator of numbers (SplitMix64), so that nothing but the seed decides.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`; 0 where there is none.
    pub fn below(&mut self, end: usize) -> usize {
        if end == 0 { 0 } else { (self.next() % end as u64) as usize }
    }
}

/// One of the seeds with one to four damages.
pub fn mutated(seeds: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = seeds[dice.below(seeds.len())].clone();
    for _ in 0..=dice.below(4) {
        damage(&mut bytes, seeds, dice);
    }
    bytes
}

fn damage(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], dice: &mut Dice) {
    let at = dice.below(bytes.len());
    let longest = 1 << dice.below(8);
    let span = at..bytes.len().min(at + 1 + dice.below(longest));
    match dice.below(10) {
        0 if !bytes.is_empty() => bytes[at] ^= 1 << dice.below(8),
        1 if !bytes.is_empty() => bytes[at] = dice.next() as u8,
        2 => bytes.truncate(at),
        3 => drop(bytes.drain(span)),
        4 => {
            let copy = bytes[span].to_vec();
            let to = dice.below(bytes.len());
            bytes.splice(to..to, copy);
        }
        5 => {
            let token = TOKENS[dice.below(TOKENS.len())];
            bytes.splice(at..at, token.iter().copied());
        }
        6 => {
            // A length or a count, blown up in place.
            let token = TOKENS[dice.below(9)];
            bytes.iter_mut().skip(at).zip(token).for_each(|(byte, new)| *byte = *new);
        }
        7 => {
            let other = &seeds[dice.below(seeds.len())];
            bytes.truncate(at);
            bytes.extend_from_slice(&other[dice.below(other.len())..]);
        }
        8 => {
            // A piece a thousand times: a name, a number or a list longer than any that was thought of.
            let piece = bytes[span].repeat(1 + dice.below(1_000));
            bytes.splice(at..at, piece);
        }
        _ => bytes[span].iter_mut().for_each(|byte| *byte = byte.wrapping_add(1)),
    }
}
