//! NRRD, with its voxels behind the header or in files of their own.
//! Format: <https://teem.sourceforge.net/nrrd/format.html>.

use std::collections::HashMap;
use std::path::Path;

use super::header::{beside, head_of, line_at, numbered_files, of_data_file};
use super::raw_voxels::{Packing, RawVoxels};
use super::sample::Depth;
use super::store::Opened;
use super::unitless;
use crate::text::shown;
use crate::{Error, SpacingSource};

fn depth_of(name: &str) -> Option<Depth> {
    Some(match name {
        "signed char" | "int8" | "int8_t" => Depth::I8,
        "uchar" | "unsigned char" | "uint8" | "uint8_t" => Depth::U8,
        "short" | "short int" | "signed short" | "signed short int" | "int16" | "int16_t" => {
            Depth::I16
        }
        "ushort" | "unsigned short" | "unsigned short int" | "uint16" | "uint16_t" => Depth::U16,
        "int" | "signed int" | "int32" | "int32_t" => Depth::I32,
        "uint" | "unsigned int" | "uint32" | "uint32_t" => Depth::U32,
        "longlong"
        | "long long"
        | "long long int"
        | "signed long long"
        | "signed long long int"
        | "int64"
        | "int64_t" => Depth::I64,
        "ulonglong" | "unsigned long long" | "unsigned long long int" | "uint64" | "uint64_t" => {
            Depth::U64
        }
        "float" => Depth::F32,
        "double" => Depth::F64,
        _ => return None,
    })
}

fn numbers<T: std::str::FromStr>(text: &str) -> Option<Vec<T>> {
    text.split_whitespace().map(|n| n.parse().ok()).collect()
}

/// Lengths of the vectors in `space directions`; `none` for an axis outside space.
fn direction_lengths(text: &str) -> Option<Vec<Option<f64>>> {
    let mut lengths = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("none") {
            lengths.push(None);
            rest = after.trim_start();
            continue;
        }
        let (vector, after) = rest.strip_prefix('(')?.split_once(')')?;
        let squares: Option<f64> = vector
            .split(',')
            .map(|n| n.trim().parse::<f64>().ok().map(|n| n * n))
            .sum();
        lengths.push(Some(squares?.sqrt()));
        rest = after.trim_start();
    }
    Some(lengths)
}

/// Opens an NRRD or its detached header.
pub(super) fn open(path: &Path) -> Result<Opened, Error> {
    let wrong = |problem: String| Error::Volume {
        path: path.to_owned(),
        problem,
    };
    let head = head_of(path)?;
    let mut fields: HashMap<String, String> = HashMap::new();
    let mut list: Vec<String> = Vec::new();
    let (mut at, mut in_list, mut ended) = (0, false, false);
    while let Some((line, next)) = line_at(&head, at) {
        at = next;
        if in_list {
            if !line.trim().is_empty() {
                list.push(line.trim().to_owned());
            }
            continue;
        }
        if line.is_empty() {
            ended = true;
            break;
        }
        if line.starts_with('#') || line.contains(":=") {
            continue;
        }
        if let Some((name, value)) = line.split_once(':') {
            let name = name.trim().to_lowercase().replace(' ', "");
            in_list = name == "datafile" && value.trim() == "LIST";
            fields.insert(name, value.trim().to_owned());
        }
    }
    let field = |name: &str| fields.get(name).map(String::as_str);
    let detached = field("datafile").is_some();
    if !ended && !detached {
        return Err(wrong(
            "its header does not end with an empty line, as that of an NRRD does".to_owned(),
        ));
    }
    let missing = |name: &str| {
        wrong(format!(
            "its header gives no `{name}`, or none that is read; save it again"
        ))
    };
    let sizes: Vec<usize> = field("sizes")
        .and_then(numbers)
        .ok_or_else(|| missing("sizes"))?;
    let kinds: Vec<&str> = field("kinds")
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    let lengths: Vec<Option<f64>> = match (field("spacings"), field("spacedirections")) {
        (Some(text), _) => text
            .split_whitespace()
            .map(|n| n.parse::<f64>().ok().filter(|n| n.is_finite()))
            .collect(),
        (None, Some(text)) => direction_lengths(text).unwrap_or_default(),
        (None, None) => Vec::new(),
    };
    let axes: Vec<usize> = (0..sizes.len())
        .filter(|&i| {
            let in_space = matches!(kinds.get(i), None | Some(&("domain" | "space" | "???")));
            sizes[i] != 1 || (in_space && sizes.len() <= 3)
        })
        .collect();
    let foreign = axes.iter().find(|&&i| {
        !matches!(
            kinds.get(i),
            None | Some(&("domain" | "space" | "???" | "none"))
        )
    });
    if axes.len() > 3 || axes.is_empty() || foreign.is_some() {
        return Err(wrong(format!(
            "its axes are {} ({}), expected three axes of space; save one channel or one frame \
             alone",
            shown(field("sizes").unwrap_or_default()),
            shown(field("kinds").unwrap_or("no kinds given"))
        )));
    }
    let along = |i: usize| axes.get(i).map_or(1, |&axis| sizes[axis]);
    let type_name = field("type").ok_or_else(|| missing("type"))?.to_lowercase();
    let depth = depth_of(&type_name).ok_or_else(|| {
        wrong(format!(
            "voxels of the type `{}` are not read; save it with another type",
            shown(&type_name)
        ))
    })?;
    let packing = match field("encoding")
        .unwrap_or_default()
        .to_lowercase()
        .as_str()
    {
        "raw" => Packing::None,
        "gzip" | "gz" => Packing::Gzip,
        "hex" => Packing::Hex,
        "ascii" | "text" | "txt" => Packing::Numbers,
        other => {
            return Err(wrong(format!(
                "the encoding `{}` is not read, expected raw, gzip, ascii or hex; save it again as \
                 gzip (in pynrrd, `nrrd.write(file, data, {{**header, 'encoding': 'gzip'}})`)",
                shown(other)
            )));
        }
    };
    let skip = |name: &str| field(name).map_or(Some(0_i64), |n| n.parse().ok());
    if skip("lineskip") != Some(0) {
        return Err(wrong("`line skip` is not read; save it again".to_owned()));
    }
    let byte_skip = skip("byteskip").ok_or_else(|| missing("byte skip"))?;
    let little_endian = match field("endian").map(str::to_lowercase).as_deref() {
        Some("little") => true,
        // Numbers as text have no order of bytes.
        _ if packing == Packing::Numbers => true,
        Some("big") => false,
        _ if depth.bytes() == 1 => true,
        _ => return Err(missing("endian")),
    };
    let shape = [along(2), along(1), along(0)];
    let files = match field("datafile") {
        None => vec![path.to_owned()],
        Some("LIST") => beside(path, &list),
        Some(text) if text.contains('%') => {
            let parts: Vec<&str> = text.split_whitespace().collect();
            let range: Option<Vec<i64>> = parts.iter().skip(1).map(|n| n.parse().ok()).collect();
            let Some(&[first, last, step]) = range.as_deref() else {
                return Err(missing("data file"));
            };
            if step <= 0 || last.saturating_sub(first) / step > 1 << 20 {
                return Err(missing("data file"));
            }
            let numbers = (first..=last).step_by(step as usize);
            beside(path, &numbered_files(parts[0], numbers).map_err(wrong)?)
        }
        Some(name) => beside(path, &[name.to_owned()]),
    };
    if files.is_empty() || (files.len() != 1 && files.len() != shape[0]) {
        return Err(wrong(format!(
            "it names {} data files for {} slices; expected one for all or one each",
            files.len(),
            shape[0]
        )));
    }
    let mut raw = RawVoxels {
        files,
        offset: if detached { 0 } else { at as u64 },
        unpacked_offset: 0,
        packing,
        depth,
        little_endian,
        shape,
        rescale: None,
    };
    match (byte_skip, packing) {
        (0, _) => {}
        // The voxels are the last bytes of the file.
        (-1, Packing::None) => {
            raw.offset = raw.offset_of_last().map_err(|e| of_data_file(path, e))?;
        }
        (skip @ 1.., Packing::None) => raw.offset += skip as u64,
        (skip @ 1.., _) => raw.unpacked_offset = skip as u64,
        _ => return Err(missing("byte skip")),
    }
    raw.check_size().map_err(|e| of_data_file(path, e))?;
    let space_unit = field("spaceunits").or(field("units")).and_then(|text| {
        let quoted: Vec<&str> = text.split('"').skip(1).step_by(2).collect();
        let first = quoted.into_iter().find(|unit| !unit.is_empty());
        first.or_else(|| text.split_whitespace().next().filter(|u| !u.contains('"')))
    });
    let length = |i: usize| {
        axes.get(i)
            .and_then(|&axis| lengths.get(axis).copied().flatten())
    };
    let mut opened = raw.opened().behind(path);
    if let [Some(x), Some(y), Some(z)] = [length(0), length(1), length(2)] {
        let (said, note) = unitless::spacing([x, y, z], space_unit, SpacingSource::Nrrd);
        opened.spacing = said;
        opened.notes.extend(note);
    }
    Ok(opened)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions_become_lengths() {
        assert_eq!(
            direction_lengths("none (3,4,0) (0, 0,-2.5)").unwrap(),
            [None, Some(5.0), Some(2.5)]
        );
        assert_eq!(direction_lengths("(1,2"), None);
    }
}
