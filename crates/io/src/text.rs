//! Text files of other programs, whatever their encoding.

use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// The text of a file, and the encoding in words where it was guessed.
pub(crate) struct Decoded {
    pub text: String,
    /// `Some` when the bytes do not say their encoding and are not UTF-8.
    pub guessed: Option<&'static str>,
}

/// UTF-16 without a byte order mark: of text in Latin letters every second byte is zero.
fn utf_16_without_mark(bytes: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    let head = &bytes[..bytes.len().min(4096) & !1];
    let pairs = head.len() / 2;
    let zeros = |at: usize| head.iter().skip(at).step_by(2).filter(|b| **b == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    // The other half hardly holds zeros, or the file is binary.
    if pairs >= 4 && odd * 10 > pairs * 7 && even * 20 < pairs {
        Some(UTF_16LE)
    } else if pairs >= 4 && even * 10 > pairs * 7 && odd * 20 < pairs {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// Decodes UTF-8 and UTF-16 with and without a byte order mark and, failing these, Windows-1252,
/// of which Latin-1 text is a part. `None` for a binary file.
pub(crate) fn decode(bytes: &[u8]) -> Option<Decoded> {
    let (encoding, mark) = match encoding_rs::Encoding::for_bom(bytes) {
        Some((encoding, mark)) => (encoding, mark),
        None => match utf_16_without_mark(bytes) {
            Some(encoding) => (encoding, 0),
            None if std::str::from_utf8(bytes).is_ok() => (UTF_8, 0),
            None => (WINDOWS_1252, 0),
        },
    };
    let (text, wrong) = encoding.decode_without_bom_handling(&bytes[mark..]);
    let binary = text.chars().any(|c| {
        c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{c}' | '\u{1a}' | '\u{85}')
    });
    // Windows-1252 leaves five bytes without a character; they become control characters.
    (!wrong && !binary).then(|| Decoded {
        text: text.into_owned(),
        guessed: (encoding == WINDOWS_1252).then_some("Windows-1252 (Latin-1)"),
    })
}

/// Whether bytes are text in an encoding that [`decode`] does not know, such as that of DOS, of China
/// or of Japan: letters, line ends and tabs, and no other control characters.
pub(crate) fn is_foreign(bytes: &[u8]) -> bool {
    let is_control = |b: &u8| b.is_ascii_control() && !matches!(b, b'\t' | b'\n' | b'\r' | 0xc);
    let plain = bytes.iter().filter(|b| b.is_ascii()).count();
    decode(bytes).is_none() && !bytes.iter().any(is_control) && 2 * plain > bytes.len()
}

/// The most characters of a file that a message repeats of one cell, name or value.
const SHOWN_MAX: usize = 48;

/// The same of what the user has to copy from the message: a name that is cut names nothing.
const COPIED_MAX: usize = 400;

/// What a message may repeat of a file: the first characters, without those that would move the
/// cursor, change colours or turn the direction of writing.
pub(crate) fn shown(text: &str) -> String {
    beginning(text, SHOWN_MAX)
}

/// [`shown`] of a name that the user has to copy.
pub(crate) fn to_copy(text: &str) -> String {
    beginning(text, COPIED_MAX)
}

fn beginning(text: &str, most: usize) -> String {
    let mut shown = printable(text);
    if let Some((end, _)) = shown.char_indices().nth(most) {
        shown.truncate(end);
        shown.push_str(" ...");
    }
    shown
}

/// Text without characters that would move the cursor, change colours or turn the direction of
/// writing.
pub(crate) fn printable(text: &str) -> String {
    let replaced = |c: char| match c {
        '\n' | '\r' | '\t' => ' ',
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    text.chars().map(replaced).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf_16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn every_encoding_of_spreadsheets_is_decoded() {
        let text = "name;red\nGlas, gr\u{fc}n;1\n";
        let marked = format!("\u{feff}{text}");
        let latin: Vec<u8> = text.chars().map(|c| c as u32 as u8).collect();
        for bytes in [
            text.as_bytes().to_vec(),
            marked.as_bytes().to_vec(),
            utf_16(&marked, u16::to_le_bytes),
            utf_16(&marked, u16::to_be_bytes),
            utf_16(text, u16::to_le_bytes),
            utf_16(text, u16::to_be_bytes),
            latin.clone(),
        ] {
            assert_eq!(decode(&bytes).unwrap().text, text, "{bytes:?}");
        }
        assert!(decode(&latin).unwrap().guessed.is_some());
        assert!(decode(text.as_bytes()).unwrap().guessed.is_none());
    }

    #[test]
    fn little_of_a_file_is_repeated_and_nothing_that_a_terminal_obeys() {
        assert_eq!(shown("Quartz, gr\u{fc}n"), "Quartz, gr\u{fc}n");
        assert_eq!(
            shown("\u{1b}[31mred\n\u{202e}x"),
            "\u{fffd}[31mred \u{fffd}x"
        );
        let long = shown(&"\u{fc}".repeat(1000));
        assert_eq!(long.chars().count(), SHOWN_MAX + 4);
        let path = "/group".repeat(40);
        assert_eq!(to_copy(&path), path);
    }

    #[test]
    fn text_of_dos_and_of_asia_is_foreign_and_binary_files_are_not() {
        // "gr\u{fc}n" in the encoding of DOS, "\u{7389}\u{9ad3}" in Shift-JIS.
        for bytes in [
            &b"Glas, gr\x81n;1;2;3\n"[..],
            b"glass \x8b\xca\x90\x91 1;2;3\n",
        ] {
            assert!(decode(bytes).is_none() && is_foreign(bytes), "{bytes:?}");
        }
        for bytes in [
            &b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..],
            b"a;b\n",
            b"\x81\x8d\x8f",
        ] {
            assert!(!is_foreign(bytes), "{bytes:?}");
        }
    }

    #[test]
    fn a_binary_file_is_no_text() {
        assert!(decode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").is_none());
        assert!(decode(&[0, 1, 2, 3, 0xff, 0xfe, 0, 7]).is_none());
    }
}
