//! What a file is, by its first bytes.

/// A kind of image that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ImageKind {
    Png,
    Tiff,
    Bmp,
    Gif,
    WebP,
    Jpeg,
}

/// Kinds that users name by mistake, with what to do.
const OTHERS: [(&[u8], &str); 20] = [
    (b"%PDF", "a PDF"),
    (b"8BPS", "a Photoshop image"),
    (
        b"PK\x03\x04",
        "a ZIP archive (or an Office file, which is one)",
    ),
    (b"\x1f\x8b", "a gzip archive"),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "an OLE file (old Excel or Word, Zeiss TXM)",
    ),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (b"CDF\x01", "a NetCDF file"),
    (b"CDF\x02", "a NetCDF file"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 image"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 image"),
    (b"\xff\x0a", "a JPEG XL image"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL image"),
    (b"\x01\0\0\0", "a Windows metafile (EMF)"),
    (b"\xd7\xcd\xc6\x9a", "a Windows metafile (WMF)"),
    (b"\0\0\x01\0", "an icon"),
    (b"\0\0\0\x03", "a Gatan DM3 file"),
    (b"\0\0\0\x04", "a Gatan DM4 file"),
    (
        b"\0\x05\x16\x07",
        "a macOS companion file (`._...`), which holds no image",
    ),
    (b"NRRD", "an NRRD volume"),
    (b"SIMPLE  =", "a FITS image"),
];

/// The kind, or in words what the file is when no image of that kind is read.
pub(crate) fn kind_of(head: &[u8]) -> Result<ImageKind, &'static str> {
    if head.is_empty() {
        return Err("an empty file");
    }
    if head.iter().all(|b| *b == 0) {
        return Err("a file of zeros, as an interrupted copy leaves it");
    }
    match head {
        [0x89, b'P', b'N', b'G', ..] => return Ok(ImageKind::Png),
        [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => return Ok(ImageKind::Tiff),
        [b'B', b'M', ..] => return Ok(ImageKind::Bmp),
        [b'G', b'I', b'F', b'8', ..] => return Ok(ImageKind::Gif),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => {
            return Ok(ImageKind::WebP);
        }
        [0xff, 0xd8, 0xff, ..] => return Ok(ImageKind::Jpeg),
        _ => {}
    }
    if let Some((_, name)) = OTHERS.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Err(name);
    }
    // ISO base media: the brand follows `ftyp`.
    if head.get(4..8) == Some(b"ftyp") {
        return Err("a HEIC or AVIF image or a film");
    }
    if head.get(128..132) == Some(b"DICM") {
        return Err("a DICOM file");
    }
    let text = crate::text::decode(head).map(|decoded| decoded.text);
    Err(match text.as_deref().map(str::trim_start) {
        Some(text) if text.starts_with('<') => "a web page, SVG or XML file",
        Some(text) if matches!(text.get(..2), Some("P1" | "P2" | "P3" | "P4" | "P5" | "P6")) => {
            "a PNM image"
        }
        Some(_) => "a text file",
        None => "of no kind that is known",
    })
}

impl ImageKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Png => "PNG",
            Self::Tiff => "TIFF",
            Self::Bmp => "BMP",
            Self::Gif => "GIF",
            Self::WebP => "WebP",
            Self::Jpeg => "JPEG",
        }
    }
}

/// What a file is, in words, by its first bytes.
pub(crate) fn kind_in_words(bytes: &[u8]) -> String {
    match kind_of(&bytes[..bytes.len().min(4096)]) {
        Ok(kind) => format!("a {} image", kind.name()),
        Err(found) => found.to_owned(),
    }
}
