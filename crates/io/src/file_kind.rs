//! What a file is by its first bytes, whatever its name says.

use std::fmt;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use crate::regular_file::open_regular_file;
use crate::{Error, text};

/// Kinds of files that are met where volumes, images and texts are expected, by their first bytes.
#[allow(missing_docs)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    Tiff,
    Png,
    Jpeg,
    Bmp,
    Gif,
    WebP,
    Jpeg2000,
    JpegXl,
    Heic,
    Photoshop,
    Metafile,
    Pnm,
    Fits,
    Gatan,
    Pdf,
    Zip,
    Gzip,
    Zstd,
    Bzip2,
    SevenZip,
    Rar,
    Nrrd,
    MetaImage,
    Nifti,
    Amira,
    Numpy,
    Vtk,
    Hdf5,
    NetCdf,
    Ole2,
    Dicom,
    BrukerBcf,
    AppleDouble,
    LfsPointer,
    Html,
    Xml,
    Text,
    ForeignText,
    Empty,
    Zeros,
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
            Self::Jpeg2000 => "a JPEG 2000",
            Self::JpegXl => "a JPEG XL",
            Self::Heic => "a HEIC or AVIF image or a film",
            Self::Photoshop => "a Photoshop image",
            Self::Metafile => "a Windows metafile (EMF or WMF)",
            Self::Pnm => "a PNM",
            Self::Fits => "a FITS image",
            Self::Gatan => "a Gatan DM3 or DM4",
            Self::Pdf => "a PDF",
            Self::Zip => "a ZIP archive (or an Office file, which is one)",
            Self::Gzip => "a gzip file",
            Self::Zstd => "a Zstandard file",
            Self::Bzip2 => "a bzip2 file",
            Self::SevenZip => "a 7z archive",
            Self::Rar => "a RAR archive",
            Self::Nrrd => "an NRRD",
            Self::MetaImage => "a MetaImage (MHA or MHD)",
            Self::Nifti => "a NIfTI",
            Self::Amira => "an AmiraMesh (Amira, Avizo)",
            Self::Numpy => "an array of NumPy (.npy)",
            Self::Vtk => "a VTK file",
            Self::Hdf5 => "an HDF5 file",
            Self::NetCdf => "a NetCDF file",
            Self::Ole2 => "an OLE2 file (Zeiss .txm, or an old Office document)",
            Self::Dicom => "a DICOM file",
            Self::BrukerBcf => "a composite file of Bruker ESPRIT (.bcf)",
            Self::AppleDouble => "a companion file of macOS (AppleDouble), which holds no image",
            Self::LfsPointer => "a pointer of Git LFS; the data itself was not downloaded",
            Self::Html => "a web page, as a failed download leaves it",
            Self::Xml => "an XML or SVG file",
            Self::Text => "a text file",
            Self::ForeignText => {
                "a text in an encoding that is not known (UTF-8, UTF-16 and Windows-1252 are)"
            }
            Self::Empty => "an empty file",
            Self::Zeros => "a file of zeros, as an interrupted copy leaves it",
            Self::Unknown => "a file of unknown kind",
        })
    }
}

/// Bytes that tell the kinds apart: NIfTI has its mark at 344, and text is told by many.
const HEAD_BYTES: usize = 4096;

/// Marks at the beginning.
const MARKS: [(&[u8], FileKind); 37] = [
    (b"II\x2a\0", FileKind::Tiff),
    (b"MM\0\x2a", FileKind::Tiff),
    (b"II\x2b\0", FileKind::Tiff),
    (b"MM\0\x2b", FileKind::Tiff),
    (b"\x89PNG", FileKind::Png),
    (b"\xff\xd8\xff", FileKind::Jpeg),
    (b"GIF8", FileKind::Gif),
    (b"\0\0\0\x0cjP  ", FileKind::Jpeg2000),
    (b"\xff\x4f\xff\x51", FileKind::Jpeg2000),
    (b"\xff\x0a", FileKind::JpegXl),
    (b"\0\0\0\x0cJXL ", FileKind::JpegXl),
    (b"8BPS", FileKind::Photoshop),
    (b"\xd7\xcd\xc6\x9a", FileKind::Metafile),
    (b"SIMPLE  =", FileKind::Fits),
    (b"%PDF", FileKind::Pdf),
    (b"PK\x03\x04", FileKind::Zip),
    (b"\x1f\x8b", FileKind::Gzip),
    (b"\x28\xb5\x2f\xfd", FileKind::Zstd),
    (b"BZh", FileKind::Bzip2),
    (b"7z\xbc\xaf\x27\x1c", FileKind::SevenZip),
    (b"Rar!\x1a\x07", FileKind::Rar),
    (b"NRRD", FileKind::Nrrd),
    (b"ObjectType", FileKind::MetaImage),
    (b"NDims", FileKind::MetaImage),
    (b"# AmiraMesh", FileKind::Amira),
    (b"# Avizo", FileKind::Amira),
    (b"# HyperMesh", FileKind::Amira),
    (b"\x93NUMPY", FileKind::Numpy),
    (b"# vtk DataFile", FileKind::Vtk),
    (b"\x89HDF\r\n\x1a\n", FileKind::Hdf5),
    (b"CDF\x01", FileKind::NetCdf),
    (b"CDF\x02", FileKind::NetCdf),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", FileKind::Ole2),
    // The container of Bruker, as HyperSpy reads it.
    (b"AAMVHFSS", FileKind::BrukerBcf),
    (b"\0\x05\x16\x07", FileKind::AppleDouble),
    (b"\0\x05\x16\0", FileKind::AppleDouble),
    (b"version https://git-lfs", FileKind::LfsPointer),
];

impl FileKind {
    /// The kind of a file that begins with `head`.
    pub(crate) fn of_bytes(head: &[u8]) -> Self {
        let head = &head[..head.len().min(HEAD_BYTES)];
        let at = |offset: usize, mark: &[u8]| {
            head.get(offset..)
                .is_some_and(|rest| rest.starts_with(mark))
        };
        if head.is_empty() {
            return Self::Empty;
        }
        if head.iter().all(|b| *b == 0) {
            return Self::Zeros;
        }
        if at(0, b"RIFF") && at(8, b"WEBP") {
            return Self::WebP;
        }
        // These marks stand behind bytes that may look like another one.
        if at(344, b"n+1\0") || at(344, b"ni1\0") || at(4, b"n+2\0\r\n") || at(4, b"ni2\0\r\n") {
            return Self::Nifti;
        }
        if at(128, b"DICM") {
            return Self::Dicom;
        }
        if let Some((_, kind)) = MARKS.iter().find(|(mark, _)| head.starts_with(mark)) {
            return *kind;
        }
        if at(0, b"\x01\0\0\0") && at(40, b" EMF") {
            return Self::Metafile;
        }
        // Version, length (of 4 or 8 bytes), and whether numbers are little-endian.
        let is_order = |offset: usize| at(offset, &[0, 0, 0, 0]) || at(offset, &[0, 0, 0, 1]);
        if at(0, b"\0\0\0\x03") && is_order(8) || at(0, b"\0\0\0\x04") && is_order(12) {
            return Self::Gatan;
        }
        // ISO base media: the brand follows `ftyp`.
        if at(4, b"ftyp") {
            return Self::Heic;
        }
        // The two reserved words of a BMP are 0: "BM" alone begins many a text.
        if at(0, b"BM") && at(6, &[0; 4]) {
            return Self::Bmp;
        }
        // The magic number of a PNM stands before a blank, and digits follow.
        if let [b'P', b'1'..=b'6', blank, next, ..] = head
            && blank.is_ascii_whitespace()
            && (next.is_ascii_digit() || *next == b'#')
        {
            return Self::Pnm;
        }
        Self::of_text(head)
    }

    fn of_text(head: &[u8]) -> Self {
        // The last character may be cut.
        let whole = match std::str::from_utf8(head) {
            Err(e) if e.error_len().is_none() => &head[..e.valid_up_to()],
            _ => head,
        };
        let Some(decoded) = text::decode(whole) else {
            return match text::is_foreign(whole) {
                true => Self::ForeignText,
                false => Self::Unknown,
            };
        };
        // Bytes in some order are Windows-1252, too; text is letters and signs of ASCII mostly.
        let letters = head.iter().filter(|b| b.is_ascii()).count();
        if decoded.guessed.is_some() && letters * 10 < head.len() * 7 {
            return Self::Unknown;
        }
        let start: String = decoded
            .text
            .trim_start_matches('\u{feff}')
            .trim_start()
            .chars()
            .take(14)
            .collect::<String>()
            .to_lowercase();
        if start.starts_with("<!doctype html") || start.starts_with("<html") {
            Self::Html
        } else if start.starts_with('<') {
            Self::Xml
        } else {
            Self::Text
        }
    }

    /// The kind of the file at `path`.
    pub(crate) fn of(path: &Path) -> Result<Self, Error> {
        let mut head = Vec::new();
        open_regular_file(path)?
            .take(HEAD_BYTES as u64)
            .read_to_end(&mut head)
            .map_err(Error::read(path))?;
        Ok(match Self::of_bytes(&head) {
            Self::Zeros | Self::Unknown | Self::Text if has_user_block(path)? => Self::Hdf5,
            // More may follow: volumes without a header begin with air.
            Self::Zeros if head.len() == HEAD_BYTES => Self::Unknown,
            kind => kind,
        })
    }
}

/// Whether HDF5 begins behind bytes of the user, as in files of MATLAB: after 512, or twice as many
/// and so on.
fn has_user_block(path: &Path) -> Result<bool, Error> {
    let mut file = open_regular_file(path)?;
    let size = file.metadata().map_err(Error::read(path))?.len();
    for at in (9..20)
        .map(|power| 1u64 << power)
        .take_while(|at| *at < size)
    {
        let mut mark = [0; 8];
        let read = file
            .seek(SeekFrom::Start(at))
            .and_then(|_| file.read_exact(&mut mark));
        if read.is_ok() && mark == *b"\x89HDF\r\n\x1a\n" {
            return Ok(true);
        }
    }
    Ok(false)
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
            (b"<?xml version=\"1.0\"?>", FileKind::Xml),
            (b"P5 12 13 255\n", FileKind::Pnm),
            (b"P5 is a sample", FileKind::Text),
            (b"Gr\xfcnschiefer;12;13\n", FileKind::Text),
            (b"AAMVHFSS\0\0", FileKind::BrukerBcf),
            (b"\0\0\0\x18ftypheic", FileKind::Heic),
            (b"", FileKind::Empty),
            (&[0; 600], FileKind::Zeros),
            (b"\x01\x02\x03", FileKind::Unknown),
            (b"\xa1\xb2\xc3\xd4\xe5", FileKind::Unknown),
        ] {
            assert_eq!(FileKind::of_bytes(head), kind, "{head:?}");
        }
        // A text whose last letter is cut at the end of what is looked at.
        let mut long = vec![b'a'; HEAD_BYTES - 1];
        long.extend("\u{fc}".as_bytes());
        assert_eq!(FileKind::of_bytes(&long), FileKind::Text);
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
