//! Damage to files, the same at every run.

/// Numbers of a seed: splitmix64 (Steele, Lea and Flood 2014).
pub struct Numbers(u64);

impl Numbers {
    pub fn of(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `end`; 0 when that is 0.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

const EXTREMES: [u64; 14] = [
    0,
    1,
    2,
    7,
    255,
    256,
    30_000,
    65_535,
    65_536,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x7fff_ffff_ffff_ffff,
    0xffff_ffff_ffff_ffff,
];

const EXTREME_TEXTS: [&str; 20] = [
    "0",
    "-1",
    "1e308",
    "-1e308",
    "1e-320",
    "nan",
    "inf",
    "65536",
    "4294967296",
    "18446744073709551615",
    "99999999999999999999999999999999",
    "",
    "'",
    "\"",
    "\u{0}",
    "\u{1b}[31m",
    "\u{fffd}\u{202e}",
    "100000 100000 100000",
    "{{{{{{{{",
    "[[[[[[[[",
];

/// Bytes of a field, or as many of them as the file has.
fn put(bytes: &mut [u8], at: usize, value: u64, width: usize, little: bool) {
    let all = match little {
        true => value.to_le_bytes()[..width].to_vec(),
        false => value.to_be_bytes()[8 - width..].to_vec(),
    };
    for (to, from) in bytes.iter_mut().skip(at).zip(all) {
        *to = from;
    }
}

fn range(numbers: &mut Numbers, length: usize) -> std::ops::Range<usize> {
    let start = numbers.below(length);
    let most = (length - start).min(1 << (1 + numbers.below(11)));
    start..start + 1 + numbers.below(most)
}

/// Some kind of damage, chosen by `number`.
pub fn damaged(whole: &[u8], number: u64, seed: u64) -> Vec<u8> {
    let mut numbers = Numbers::of(seed ^ number.wrapping_mul(0x2545_f491_4f6c_dd1d));
    let mut bytes = whole.to_vec();
    let length = bytes.len();
    if length == 0 {
        return vec![0];
    }
    match number % 9 {
        0 => {
            for _ in 0..1 + numbers.below(8) {
                let at = numbers.below(length);
                bytes[at] ^= 1 << numbers.below(8);
            }
        }
        1 => bytes.truncate(numbers.below(length)),
        2 | 3 => {
            // Most headers are in front, those of many TIFFs at the end.
            let span = length.min(400);
            let at = match numbers.below(3) {
                0 => length - 1 - numbers.below(span),
                _ => numbers.below(span),
            };
            let value = EXTREMES[numbers.below(EXTREMES.len())];
            let width = [1, 2, 4, 8][numbers.below(4)];
            put(&mut bytes, at, value, width, numbers.below(2) == 0);
        }
        4 => {
            let chunk = range(&mut numbers, length);
            let doubled = bytes[chunk.clone()].to_vec();
            bytes.splice(chunk.end..chunk.end, doubled);
        }
        5 => {
            let chunk = range(&mut numbers, length);
            bytes.drain(chunk);
        }
        6 => {
            let fill = [0, 0xff, b' ', b'9'][numbers.below(4)];
            let chunk = range(&mut numbers, length);
            bytes[chunk].fill(fill);
        }
        7 => {
            let (a, b) = (range(&mut numbers, length), range(&mut numbers, length));
            let swapped = bytes[a].to_vec();
            for (to, from) in bytes[b].iter_mut().zip(swapped) {
                *to = from;
            }
        }
        _ => {
            let word = EXTREME_TEXTS[numbers.below(EXTREME_TEXTS.len())];
            let cells = words(&bytes);
            match cells.get(numbers.below(cells.len())) {
                Some(cell) => drop(bytes.splice(cell.clone(), word.bytes())),
                None => bytes.extend(word.bytes()),
            }
        }
    }
    bytes
}

/// Words and numbers of the first kilobytes of a text.
fn words(bytes: &[u8]) -> Vec<std::ops::Range<usize>> {
    let is_word = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'+');
    let mut found = Vec::new();
    let mut start = None;
    for (i, &b) in bytes.iter().take(4096).enumerate() {
        match (is_word(b), start) {
            (true, None) => start = Some(i),
            (false, Some(from)) => {
                found.push(from..i);
                start = None;
            }
            _ => {}
        }
    }
    found
}

/// Every field of a header set to extreme values in turn.
pub fn with_extreme_fields(whole: &[u8], fields: std::ops::Range<usize>) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for at in fields.step_by(2) {
        for (value, width) in [
            (0, 2),
            (30_000, 2),
            (0xffff, 2),
            (0x7fff_ffff, 4),
            (0xffff_ffff, 4),
        ] {
            for little in [true, false] {
                let mut bytes = whole.to_vec();
                put(&mut bytes, at, value, width, little);
                all.push(bytes);
            }
        }
    }
    all
}

/// Every tag of the first directory of a TIFF with another type, count and value.
pub fn with_extreme_tags(whole: &[u8]) -> Vec<Vec<u8>> {
    let little = whole.starts_with(b"II");
    let number = |at: usize, width: usize| -> u64 {
        let bytes: Vec<u8> = whole.iter().skip(at).take(width).copied().collect();
        let each = |value: u64, b: &u8| value << 8 | u64::from(*b);
        match little {
            true => bytes.iter().rev().fold(0, each),
            false => bytes.iter().fold(0, each),
        }
    };
    let (word, entry_bytes, count_bytes, first) = match number(2, 2) {
        42 => (4, 12, 2, number(4, 4)),
        43 => (8, 20, 8, number(8, 8)),
        _ => return Vec::new(),
    };
    let first = first as usize;
    let mut all = Vec::new();
    for entry in 0..number(first, count_bytes).min(64) as usize {
        let at = first + count_bytes + entry_bytes * entry;
        let mut push = |offset: usize, value: u64, width: usize| {
            let mut bytes = whole.to_vec();
            put(&mut bytes, at + offset, value, width, little);
            all.push(bytes);
        };
        for kind in [0, 2, 3, 5, 12, 16, 255] {
            push(2, kind, 2);
        }
        for count in [0, 2, 100, 65_536, 0x7fff_ffff, 0xffff_ffff, u64::MAX] {
            push(4, count, word);
        }
        for value in EXTREMES {
            push(4 + word, value, word);
            push(4 + word, value, 2);
        }
    }
    all
}

/// The same PNG with right checksums: else every decoder stops at the first.
pub fn with_png_checksums(mut bytes: Vec<u8>) -> Vec<u8> {
    let mut at = 8;
    while let Some(head) = bytes.get(at..at + 8) {
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let Some(chunk) = bytes.get(at + 4..(at + 8).saturating_add(length)) else {
            break;
        };
        let mut sum = flate2::Crc::new();
        sum.update(chunk);
        let end = at + 8 + length;
        put(&mut bytes, end, sum.sum().into(), 4, false);
        at = end + 4;
    }
    bytes
}
