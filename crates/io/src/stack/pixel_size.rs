//! The size of a pixel that the image of a section states.

use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use super::description::{describe, is_no_resolution};
use crate::file_kind::FileKind;
use crate::length_unit::um_per_unit;
use crate::regular_file::open_regular_file;
use crate::tiff_file::{Directory, TiffFile, Use};
use crate::{Error, SpacingSource};

/// Tags of electron microscopes: Zeiss SmartSEM, and FEI (Thermo Fisher), both texts.
const ZEISS_SEM: u16 = 34118;
const FEI: [u16; 2] = [34680, 34682];

/// A size of pixels, and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SaidPixel {
    /// Columns and rows, in micrometres.
    pub xy_um: [f64; 2],
    pub source: String,
}

/// Micrometres a pixel of images for screens and printers: no section is mapped as coarsely.
const PRINTED_UM: f64 = 40.0;

/// Dots an inch of fine printers.
const FINE_PRINTERS: [f64; 4] = [1200.0, 1440.0, 2400.0, 4800.0];

/// Whether that is the resolution of a screen or printer, and says nothing of a section.
fn is_printed(um: f64) -> bool {
    let dots_per_inch = 25_400.0 / um;
    let fine = |known: &f64| (dots_per_inch / known - 1.0).abs() < 2e-3;
    um > PRINTED_UM || is_no_resolution(dots_per_inch) || FINE_PRINTERS.iter().any(fine)
}

/// The size of a pixel that an image states; resolutions of screens and printers count as none.
///
/// # Errors
/// [`Error::Read`], [`Error::NotAFile`], [`Error::Page`] for a damaged TIFF.
pub(crate) fn said_pixel(path: &Path) -> Result<Option<SaidPixel>, Error> {
    match FileKind::of(path)? {
        FileKind::Tiff => of_tiff(path),
        FileKind::Png => of_png(path),
        _ => Ok(None),
    }
}

fn of_tiff(path: &Path) -> Result<Option<SaidPixel>, Error> {
    let file = TiffFile::open(path, 0, Use::Section)?;
    let directory = file.directory(file.first_directory()?, 0)?;
    if let Some(said) = of_microscope(&file, &directory)? {
        return Ok(Some(said));
    }
    let said = describe(&file, &directory, 1)?.spacing;
    Ok(said.and_then(|said| match said.xyz_um {
        // What a program says of its own accord is no dots an inch.
        [Some(x), Some(y), _]
            if said.source == SpacingSource::Resolution && [x, y].into_iter().any(is_printed) =>
        {
            None
        }
        [Some(x), Some(y), _] => Some(SaidPixel {
            xy_um: [x, y],
            source: said.source.to_string(),
        }),
        _ => None,
    }))
}

fn of_microscope(file: &TiffFile, directory: &Directory) -> Result<Option<SaidPixel>, Error> {
    for tag in FEI {
        if let Some(xy_um) = fei_pixel_um(&file.text(directory, tag, 0)?) {
            let source = "the microscope's tags (FEI)".to_owned();
            return Ok(Some(SaidPixel { xy_um, source }));
        }
    }
    Ok(
        zeiss_pixel_um(&file.text(directory, ZEISS_SEM, 0)?).map(|um| SaidPixel {
            xy_um: [um; 2],
            source: "the microscope's tags (Zeiss SmartSEM)".to_owned(),
        }),
    )
}

/// `PixelWidth` and `PixelHeight` in metres, in section `[Scan]`.
fn fei_pixel_um(text: &str) -> Option<[f64; 2]> {
    let metres = |key: &str| {
        let line = text.lines().find_map(|line| {
            let (found, value) = line.split_once('=')?;
            (found.trim() == key).then(|| value.trim())
        })?;
        let metres: f64 = line.parse().ok()?;
        (metres > 0.0 && metres < 1e-2).then_some(metres * 1e6)
    };
    Some([metres("PixelWidth")?, metres("PixelHeight")?])
}

/// `Image Pixel Size = 1.200 um`, else `Pixel Size = ...`.
fn zeiss_pixel_um(text: &str) -> Option<f64> {
    ["Image Pixel Size", "Pixel Size"].iter().find_map(|key| {
        text.lines().find_map(|line| {
            let (found, value) = line.split_once('=')?;
            let (number, unit) = value.trim().split_once(char::is_whitespace)?;
            let um = number.parse::<f64>().ok()? * um_per_unit(unit)?;
            (found.trim() == *key && um > 0.0 && um.is_finite()).then_some(um)
        })
    })
}

/// Chunks before the pixels are looked at; each is skipped, not read.
const CHUNKS_MAX: usize = 64;

/// The chunk `pHYs`: pixels a metre along x and y (PNG specification, 11.3.4.3).
fn of_png(path: &Path) -> Result<Option<SaidPixel>, Error> {
    let mut file = open_regular_file(path)?;
    file.seek(SeekFrom::Start(8)).map_err(Error::read(path))?;
    for _ in 0..CHUNKS_MAX {
        let mut head = [0; 8];
        if file.read_exact(&mut head).is_err() {
            return Ok(None);
        }
        let [a, b, c, d, kind @ ..] = head;
        let length = u32::from_be_bytes([a, b, c, d]);
        match &kind {
            b"IDAT" | b"IEND" => return Ok(None),
            b"pHYs" if length == 9 => {
                let mut body = [0; 9];
                if file.read_exact(&mut body).is_err() {
                    return Ok(None);
                }
                let [x0, x1, x2, x3, y0, y1, y2, y3, unit] = body;
                let per_metre = [[x0, x1, x2, x3], [y0, y1, y2, y3]].map(u32::from_be_bytes);
                let xy_um = per_metre.map(|n| 1e6 / f64::from(n));
                let is_size = |um: f64| um.is_finite() && !is_printed(um);
                return Ok((unit == 1 && xy_um.iter().all(|um| is_size(*um))).then(|| {
                    let source = "the resolution in the PNG".to_owned();
                    SaidPixel { xy_um, source }
                }));
            }
            // Each chunk ends with a checksum of four bytes.
            _ => file
                .seek(SeekFrom::Current(i64::from(length) + 4))
                .map_err(Error::read(path))?,
        };
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_microscopes_are_understood() {
        let fei = "[Beam]\r\nHV=15000\r\n[Scan]\r\nPixelWidth=1.2e-006\r\nPixelHeight=1.2e-006\r\n";
        let [x, y] = fei_pixel_um(fei).unwrap();
        assert!((x - 1.2).abs() < 1e-9 && (y - 1.2).abs() < 1e-9);
        assert_eq!(fei_pixel_um("PixelWidth=0\nPixelHeight=0\n"), None);
        let zeiss = "AP_PIXEL_SIZE\r\nPixel Size = 300.0 nm\r\nAP_IMAGE_PIXEL_SIZE\r\nImage Pixel Size = 1.200 \u{b5}m\r\n";
        assert_eq!(zeiss_pixel_um(zeiss), Some(1.2));
        assert_eq!(zeiss_pixel_um("Pixel Size = 1.2 parsec"), None);
    }

    fn png(per_metre: u32, unit: u8) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        bytes.extend([0; 17]);
        bytes.extend(b"\0\0\0\x09pHYs");
        bytes.extend(per_metre.to_be_bytes());
        bytes.extend(per_metre.to_be_bytes());
        bytes.push(unit);
        bytes.extend([0; 4]);
        bytes
    }

    #[test]
    fn a_png_states_pixels_a_metre_but_not_those_of_screens() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        let said = |bytes: Vec<u8>| {
            std::fs::write(&path, bytes).unwrap();
            said_pixel(&path).unwrap().map(|said| said.xy_um)
        };
        assert_eq!(said(png(500_000, 1)), Some([2.0, 2.0]));
        assert_eq!(said(png(3780, 1)), None, "96 dpi");
        assert_eq!(said(png(2835, 1)), None, "72 dpi");
        assert_eq!(said(png(5669, 1)), None, "144 dpi");
        assert_eq!(said(png(47_244, 1)), None, "1200 dpi");
        assert_eq!(said(png(500_000, 0)), None);
        assert_eq!(said(png(0, 1)), None);
        assert_eq!(said(png(500_000, 1)[..45].to_vec()), None);
    }
}
