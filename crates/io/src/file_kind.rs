//! What a file is by its first bytes, whatever its name says.

use std::fmt;
use std::io::Read;
use std::path::Path;

use crate::Error;
use crate::regular_file::open_regular_file;

/// Kinds of files that are met where volumes and images are expected, by their first bytes.
#[allow(missing_docs)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    Tiff,
    Png,
    Jpeg,
    Bmp,
    Gif,
    WebP,
    Pdf,
    Zip,
    Gzip,
    Zstd,
    Bzip2,
    SevenZip,
    Nrrd,
    MetaImage,
    Nifti,
    Hdf5,
    Ole2,
    Dicom,
    AppleDouble,
    LfsPointer,
    Html,
    Text,
    Empty,
    Unknown,
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tiff => "a TIFF",
            Self::Png => "a PNG",
            Self::Jpeg => "a JPEG",
            Self::Bmp => "a BMP",
            Self::Gif => "a GIF",
            Self::WebP => "a WebP",
            Self::Pdf => "a PDF",
            Self::Zip => "a ZIP archive",
            Self::Gzip => "a gzip file",
            Self::Zstd => "a Zstandard file",
            Self::Bzip2 => "a bzip2 file",
            Self::SevenZip => "a 7z archive",
            Self::Nrrd => "an NRRD",
            Self::MetaImage => "a MetaImage (MHA or MHD)",
            Self::Nifti => "a NIfTI-1",
            Self::Hdf5 => "an HDF5 file",
            Self::Ole2 => "an OLE2 file (Zeiss .txm, or an old Office document)",
            Self::Dicom => "a DICOM file",
            Self::AppleDouble => "a companion file of macOS (AppleDouble), which holds no image",
            Self::LfsPointer => "a pointer of Git LFS; the data itself was not downloaded",
            Self::Html => "a web page, as a failed download leaves it",
            Self::Text => "a text file",
            Self::Empty => "an empty file",
            Self::Unknown => "a file of unknown kind",
        })
    }
}

/// Bytes that tell the kinds apart; NIfTI has its mark at 344.
const HEAD_BYTES: u64 = 352;

impl FileKind {
    /// The kind of a file that begins with `head`.
    pub(crate) fn of_bytes(head: &[u8]) -> Self {
        let at = |offset: usize, mark: &[u8]| {
            head.get(offset..)
                .is_some_and(|rest| rest.starts_with(mark))
        };
        let marks: [(&[u8], Self); 21] = [
            (b"II\x2a\0", Self::Tiff),
            (b"MM\0\x2a", Self::Tiff),
            (b"II\x2b\0", Self::Tiff),
            (b"MM\0\x2b", Self::Tiff),
            (b"\x89PNG\r\n\x1a\n", Self::Png),
            (b"\xff\xd8\xff", Self::Jpeg),
            (b"GIF8", Self::Gif),
            (b"%PDF", Self::Pdf),
            (b"PK\x03\x04", Self::Zip),
            (b"\x1f\x8b", Self::Gzip),
            (b"\x28\xb5\x2f\xfd", Self::Zstd),
            (b"BZh", Self::Bzip2),
            (b"7z\xbc\xaf\x27\x1c", Self::SevenZip),
            (b"NRRD", Self::Nrrd),
            (b"ObjectType", Self::MetaImage),
            (b"NDims", Self::MetaImage),
            (b"\x89HDF\r\n\x1a\n", Self::Hdf5),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Self::Ole2),
            (b"\0\x05\x16\x07", Self::AppleDouble),
            (b"\0\x05\x16\0", Self::AppleDouble),
            (b"version https://git-lfs", Self::LfsPointer),
        ];
        if let Some((_, kind)) = marks.iter().find(|(mark, _)| head.starts_with(mark)) {
            return *kind;
        }
        if head.is_empty() {
            return Self::Empty;
        }
        if at(0, b"RIFF") && at(8, b"WEBP") {
            return Self::WebP;
        }
        if at(344, b"n+1\0") || at(344, b"ni1\0") {
            return Self::Nifti;
        }
        if at(128, b"DICM") {
            return Self::Dicom;
        }
        // The two reserved words of a BMP are 0: "BM" alone begins many a text.
        if at(0, b"BM") && at(6, &[0; 4]) {
            return Self::Bmp;
        }
        let start: String = String::from_utf8_lossy(head)
            .trim_start_matches('\u{feff}')
            .trim_start()
            .chars()
            .take(14)
            .collect::<String>()
            .to_lowercase();
        if start.starts_with("<!doctype html") || start.starts_with("<html") {
            return Self::Html;
        }
        let is_text = |&b: &u8| b >= 0x20 || matches!(b, b'\t' | b'\n' | b'\r');
        match std::str::from_utf8(head).is_ok() && head.iter().all(is_text) {
            true => Self::Text,
            false => Self::Unknown,
        }
    }

    /// The kind of the file at `path`.
    pub(crate) fn of(path: &Path) -> Result<Self, Error> {
        let mut head = Vec::new();
        open_regular_file(path)?
            .take(HEAD_BYTES)
            .read_to_end(&mut head)
            .map_err(Error::read(path))?;
        Ok(Self::of_bytes(&head))
    }
}

/// What to say of a file that does not begin as a TIFF does.
pub(crate) fn not_a_tiff(path: &Path, slice: usize) -> Error {
    match FileKind::of(path) {
        Err(error) => error,
        Ok(FileKind::Empty | FileKind::Unknown) => Error::Page {
            path: path.to_owned(),
            slice,
            reason: "the file does not begin as a TIFF does".to_owned(),
        },
        Ok(found) => Error::WrongKind {
            path: path.to_owned(),
            slice,
            found,
            expected: "a TIFF",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_tell_the_kind() {
        for (head, kind) in [
            (&b"II\x2b\0\x08\0"[..], FileKind::Tiff),
            (b"\x89PNG\r\n\x1a\n....", FileKind::Png),
            (b"NRRD0005\n", FileKind::Nrrd),
            (b"BM a text that begins so", FileKind::Text),
            (b"BM\x10\0\0\0\0\0\0\0\x36\0\0\0", FileKind::Bmp),
            (b"<!DOCTYPE html><html>", FileKind::Html),
            (b"", FileKind::Empty),
            (b"\x01\x02\x03", FileKind::Unknown),
        ] {
            assert_eq!(FileKind::of_bytes(head), kind, "{head:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn folders_and_devices_are_refused_at_once() {
        for path in ["/dev/zero", "/"] {
            assert!(
                matches!(
                    open_regular_file(Path::new(path)),
                    Err(Error::NotAFile { .. })
                ),
                "{path}"
            );
        }
    }
}
