//! Voxels as text: numbers apart by blanks, or hexadecimal digits.

use std::io::{self, BufRead, Read};

use super::sample::Depth;

/// A number in text is no longer than this.
const NUMBER_MAX: usize = 64;

fn wrong(problem: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, problem)
}

/// The bytes that pairs of hexadecimal digits say; blanks between them count for nothing.
pub(super) struct HexBytes<R> {
    text: R,
}

impl<R: BufRead> HexBytes<R> {
    pub(super) fn new(text: R) -> Self {
        Self { text }
    }

    fn digit(&mut self) -> io::Result<Option<u8>> {
        loop {
            let Some(&byte) = self.text.fill_buf()?.first() else {
                return Ok(None);
            };
            self.text.consume(1);
            if byte.is_ascii_whitespace() {
                continue;
            }
            let digit = (byte as char).to_digit(16);
            return match digit {
                Some(digit) => Ok(Some(digit as u8)),
                None => Err(wrong(format!(
                    "the byte {byte} among its hexadecimal digits is none"
                ))),
            };
        }
    }
}

impl<R: BufRead> Read for HexBytes<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        for (i, byte) in bytes.iter_mut().enumerate() {
            let (Some(high), Some(low)) = (self.digit()?, self.digit()?) else {
                return Ok(i);
            };
            *byte = 16 * high + low;
        }
        Ok(bytes.len())
    }
}

/// The bytes, the lowest first, of numbers that text says.
pub(super) struct NumberBytes<R> {
    text: R,
    depth: Depth,
    /// Bytes of a number that were not asked for yet, the last first.
    left: Vec<u8>,
}

impl<R: BufRead> NumberBytes<R> {
    pub(super) fn new(text: R, depth: Depth) -> Self {
        Self {
            text,
            depth,
            left: Vec::new(),
        }
    }

    fn word(&mut self) -> io::Result<Option<String>> {
        let mut word = String::new();
        loop {
            let byte = self.text.fill_buf()?.first().copied();
            self.text.consume(usize::from(byte.is_some()));
            match byte {
                // A comma is no blank by the format, but some programs write it.
                Some(byte) if byte.is_ascii_whitespace() || byte == b',' => {
                    if !word.is_empty() {
                        return Ok(Some(word));
                    }
                }
                Some(byte) if word.len() < NUMBER_MAX => word.push(byte as char),
                Some(_) => return Err(wrong(format!("`{word}...` is no number"))),
                None => return Ok((!word.is_empty()).then_some(word)),
            }
        }
    }

    fn bytes_of(&self, word: &str) -> io::Result<Vec<u8>> {
        macro_rules! bytes {
            ($type:ty) => {
                word.parse::<$type>().ok().map(|v| v.to_le_bytes().to_vec())
            };
        }
        let bytes = match self.depth {
            Depth::U1 | Depth::U8 => bytes!(u8),
            Depth::U16 => bytes!(u16),
            Depth::U32 => bytes!(u32),
            Depth::U64 => bytes!(u64),
            Depth::I8 => bytes!(i8),
            Depth::I16 => bytes!(i16),
            Depth::I32 => bytes!(i32),
            Depth::I64 => bytes!(i64),
            Depth::F16 => {
                let value = word.parse::<f32>().ok();
                value.map(|v| half::f16::from_f32(v).to_le_bytes().to_vec())
            }
            Depth::F32 => bytes!(f32),
            Depth::F64 => bytes!(f64),
        };
        bytes.ok_or_else(|| {
            let shown: String = word.escape_default().take(2 * NUMBER_MAX).collect();
            wrong(format!(
                "`{shown}` among its numbers is none of the type that the header states"
            ))
        })
    }
}

impl<R: BufRead> Read for NumberBytes<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        for (i, byte) in bytes.iter_mut().enumerate() {
            if self.left.is_empty() {
                let Some(word) = self.word()? else {
                    return Ok(i);
                };
                self.left = self.bytes_of(&word)?;
                self.left.reverse();
            }
            *byte = self.left.pop().unwrap_or_default();
        }
        Ok(bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(mut from: impl Read) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).map_err(|e| e.to_string())?;
        Ok(bytes)
    }

    #[test]
    fn digits_and_numbers_become_bytes() {
        assert_eq!(all(HexBytes::new(&b"01 fF\n7"[..])), Ok(vec![1, 255]));
        assert!(all(HexBytes::new(&b"01 g0"[..])).is_err());
        let numbers = |text: &'static str, depth| all(NumberBytes::new(text.as_bytes(), depth));
        assert_eq!(
            numbers("\n258 -1,\t3", Depth::I16),
            Ok(vec![2, 1, 255, 255, 3, 0])
        );
        assert_eq!(
            numbers("1.5", Depth::F32),
            Ok(1.5f32.to_le_bytes().to_vec())
        );
        for (text, depth) in [("300", Depth::U8), ("1.5", Depth::U16), ("a", Depth::F64)] {
            let error = numbers(text, depth).unwrap_err();
            assert!(error.contains(text), "{error}");
        }
        let long = "7".repeat(1000);
        assert!(all(NumberBytes::new(long.as_bytes(), Depth::F64)).is_err());
    }
}
