//! AmiraMesh of Amira and Avizo: a lattice of voxels on a uniform grid.
//! Format: the user's guide of Avizo, "Amira mesh"; `HxByteRLE` as in the Fiji plugin
//! `AmiraMeshDecoder`.

use std::path::Path;

use super::header::{head_of, line_at};
use super::raw_voxels::{Packing, RawVoxels};
use super::sample::Depth;
use super::store::Opened;
use super::unitless;
use crate::text::shown;
use crate::{Error, SaidSpacing, SpacingSource};

fn depth_of(name: &str) -> Option<Depth> {
    Some(match name {
        "byte" => Depth::U8,
        "short" => Depth::I16,
        "ushort" => Depth::U16,
        "int" | "int32" => Depth::I32,
        "uint" | "uint32" => Depth::U32,
        "float" => Depth::F32,
        "double" => Depth::F64,
        _ => return None,
    })
}

/// What the text in front of the data says.
#[derive(Debug, PartialEq)]
struct AmiraHeader {
    little_endian: bool,
    is_text: bool,
    /// Columns, rows and slices.
    lattice: [usize; 3],
    type_name: String,
    /// Packing in the words of the file, such as `HxZip,1234`.
    encoding: String,
    /// Positions of the first and last voxel along x, y and z.
    bounds: Option<[f64; 6]>,
    unit: Option<String>,
    is_uniform: bool,
    /// Byte at which the data begins.
    offset: usize,
}

/// Numbers that a text begins with, apart by blanks.
fn numbers(text: &str) -> Vec<f64> {
    text.split_whitespace()
        .map_while(|n| n.trim_end_matches(',').parse().ok())
        .collect()
}

/// The text in quotes after a word.
fn quoted_after<'a>(line: &'a str, word: &str) -> Option<&'a str> {
    let after = line.split_once(word)?.1;
    after.split('"').nth(1)
}

/// # Errors
/// In words, for what is no uniform lattice of one value a voxel.
fn parse(head: &[u8]) -> Result<AmiraHeader, String> {
    let missing = |what: &str| format!("its header gives no {what}; export it again");
    let (first, mut at) = line_at(head, 0).unwrap_or_default();
    let mut header = AmiraHeader {
        little_endian: first.contains("LITTLE-ENDIAN"),
        is_text: first.contains("ASCII"),
        lattice: [0; 3],
        type_name: String::new(),
        encoding: String::new(),
        bounds: None,
        unit: None,
        is_uniform: true,
        offset: 0,
    };
    let mut mark = None;
    loop {
        let Some((line, next)) = line_at(head, at) else {
            return Err(missing("data"));
        };
        at = next;
        let line = line.trim();
        if mark.as_deref() == Some(line) {
            header.offset = at;
            break;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        if let Some(sizes) = line.strip_prefix("define Lattice") {
            let sizes: Option<Vec<usize>> =
                sizes.split_whitespace().map(|n| n.parse().ok()).collect();
            header.lattice = sizes
                .and_then(|sizes| <[usize; 3]>::try_from(sizes).ok())
                .ok_or_else(|| missing("lattice of three axes"))?;
        } else if let Some(bounds) = line.strip_prefix("BoundingBox") {
            header.bounds = numbers(bounds).try_into().ok();
        } else if line.contains("CoordType") {
            header.is_uniform = quoted_after(line, "CoordType") == Some("uniform");
        } else if line.contains("Coordinates") && !line.contains("Content") {
            // In text of one byte a letter the micro sign is none of UTF-8.
            header.unit = quoted_after(line, "Coordinates")
                .map(|unit| unit.replace(char::REPLACEMENT_CHARACTER, "\u{b5}"));
        } else if let Some(["Lattice", "{", type_name, rest @ ..]) = words.get(..) {
            if mark.is_some() {
                return Err("it holds several arrays; export one of them alone".to_owned());
            }
            header.type_name = (*type_name).to_owned();
            let place = rest.join("");
            let Some((_, place)) = place.split_once('@') else {
                return Err(missing("place of the voxels"));
            };
            let (number, encoding) = match place.split_once('(') {
                Some((number, encoding)) => (number, encoding.trim_end_matches(')')),
                None => (place, ""),
            };
            header.encoding = encoding.to_owned();
            mark = Some(format!("@{number}"));
        }
    }
    if header.lattice.contains(&0) {
        return Err(missing("lattice of three axes"));
    }
    Ok(header)
}

impl AmiraHeader {
    fn packing(&self) -> Result<Packing, String> {
        let name = self.encoding.split(',').next().unwrap_or_default();
        match name {
            "" if self.is_text => Ok(Packing::Numbers),
            "" => Ok(Packing::None),
            "HxZip" => Ok(Packing::Zlib),
            "HxByteRLE" => Ok(Packing::ByteRuns),
            other => Err(format!(
                "its voxels are packed as `{}`, expected none, HxZip or HxByteRLE; export it again",
                shown(other)
            )),
        }
    }

    /// The distance of voxels, and a note; the bounds are those of their centres.
    fn spacing(&self) -> (Option<SaidSpacing>, Option<String>) {
        let Some([x0, x1, y0, y1, z0, z1]) = self.bounds else {
            return (None, None);
        };
        let [nx, ny, nz] = self.lattice.map(|n| n.saturating_sub(1) as f64);
        // The bounds have some digits only: 218.12 / 95 is 2.296, and not 2.2960000000000003.
        let lengths = [(x1 - x0) / nx, (y1 - y0) / ny, (z1 - z0) / nz]
            .map(|n| format!("{n:.9e}").parse().unwrap_or(n));
        unitless::spacing(lengths, self.unit.as_deref(), SpacingSource::Amira)
    }
}

/// Opens an AmiraMesh.
pub(super) fn open(path: &Path) -> Result<Opened, Error> {
    let wrong = |problem: String| Error::Volume {
        path: path.to_owned(),
        problem,
    };
    let header = parse(&head_of(path)?).map_err(wrong)?;
    if !header.is_uniform {
        return Err(wrong(
            "its grid is not uniform; resample it (in Avizo, `Resample`), and export it again"
                .to_owned(),
        ));
    }
    let depth = depth_of(&header.type_name).ok_or_else(|| {
        wrong(format!(
            "voxels of the type `{}` are not read; convert it to a field of numbers, one a voxel",
            shown(&header.type_name)
        ))
    })?;
    let packing = header.packing().map_err(wrong)?;
    let [nx, ny, nz] = header.lattice;
    let raw = RawVoxels {
        files: vec![path.to_owned()],
        offset: header.offset as u64,
        unpacked_offset: 0,
        packing,
        depth,
        // Numbers as text become bytes with the lowest first.
        little_endian: header.little_endian || header.is_text,
        shape: [nz, ny, nx],
        rescale: None,
    };
    raw.check_size()?;
    let mut opened = raw.opened();
    let (said, note) = header.spacing();
    opened.spacing = said;
    opened.notes.extend(note);
    Ok(opened)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "# Avizo BINARY-LITTLE-ENDIAN 3.0\n\n\ndefine Lattice 5 4 3\n\nParameters {\n    \
        Units {\n        Coordinates \"\u{b5}m\"\n    }\n    Content \"5x4x3 byte, uniform coordinates\",\n    \
        BoundingBox 0 8 0 6 0 5,\n    CoordType \"uniform\"\n}\n\nLattice { byte Labels } @1(HxByteRLE,12)\n\n\
        # Data section follows\n@1\n";

    #[test]
    fn the_header_tells_lattice_type_packing_and_size() {
        let header = parse(HEAD.as_bytes()).unwrap();
        assert_eq!(header.lattice, [5, 4, 3]);
        assert_eq!(depth_of(&header.type_name), Some(Depth::U8));
        assert_eq!(header.packing(), Ok(Packing::ByteRuns));
        assert_eq!(header.offset, HEAD.len());
        let (said, note) = header.spacing();
        assert_eq!(said.unwrap().xyz_um, [Some(2.0), Some(2.0), Some(2.5)]);
        assert_eq!(note, None);
    }

    #[test]
    fn what_is_no_lattice_of_voxels_is_refused() {
        for (from, to, says) in [
            ("5 4 3", "5 4", "lattice of three axes"),
            ("@1(HxByteRLE,12)", "", "place of the voxels"),
            ("@1\n", "@2\n", "no data"),
        ] {
            let error = parse(HEAD.replace(from, to).as_bytes()).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
        let twice = HEAD.replace("\n# Data", "Lattice { float Other } @2\n# Data");
        assert!(parse(twice.as_bytes()).unwrap_err().contains("several"));
        let odd = HEAD.replace("HxByteRLE", "HxOdd");
        assert!(parse(odd.as_bytes()).unwrap().packing().is_err());
    }
}
