//! Runs of bytes, as Amira packs labels (`HxByteRLE`).

use std::io::{self, BufRead, Read};

/// The bit of a control byte that says that bytes follow as they are.
const LITERAL: u8 = 0x80;

/// The bytes that runs stand for: a control byte below 128 says how often the next one is repeated,
/// one above how many follow as they are.
pub(super) struct ByteRuns<R> {
    packed: R,
    /// Bytes left of the run, and the byte that is repeated, where one is.
    left: usize,
    repeated: Option<u8>,
}

impl<R: BufRead> ByteRuns<R> {
    pub(super) fn new(packed: R) -> Self {
        Self {
            packed,
            left: 0,
            repeated: None,
        }
    }

    fn byte(&mut self) -> io::Result<Option<u8>> {
        let byte = self.packed.fill_buf()?.first().copied();
        self.packed.consume(usize::from(byte.is_some()));
        Ok(byte)
    }
}

impl<R: BufRead> Read for ByteRuns<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        while self.left == 0 {
            let Some(control) = self.byte()? else {
                return Ok(0);
            };
            self.left = usize::from(control & !LITERAL);
            self.repeated = match control & LITERAL {
                0 => self.byte()?,
                _ => None,
            };
        }
        let n = self.left.min(bytes.len());
        let read = match self.repeated {
            Some(byte) => {
                bytes[..n].fill(byte);
                n
            }
            None => self.packed.read(&mut bytes[..n])?,
        };
        self.left -= read;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_literals_are_unpacked() {
        let packed = [3, 7, 0x82, 1, 2, 0x80, 2, 0];
        let mut bytes = Vec::new();
        ByteRuns::new(&packed[..]).read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes, [7, 7, 7, 1, 2, 0, 0]);
    }

    #[test]
    fn an_end_within_a_run_ends_the_bytes() {
        let mut bytes = Vec::new();
        ByteRuns::new(&[0x85, 1, 2][..])
            .read_to_end(&mut bytes)
            .unwrap();
        assert_eq!(bytes, [1, 2]);
    }
}
