//! MetaImage: `.mha` with its voxels behind the header, `.mhd` with them in other files.
//! Format: <https://itk.org/Wiki/ITK/MetaIO/Documentation>.

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
        "MET_CHAR" => Depth::I8,
        "MET_UCHAR" => Depth::U8,
        "MET_SHORT" => Depth::I16,
        "MET_USHORT" => Depth::U16,
        "MET_INT" => Depth::I32,
        "MET_UINT" => Depth::U32,
        "MET_LONG_LONG" => Depth::I64,
        "MET_ULONG_LONG" => Depth::U64,
        "MET_FLOAT" => Depth::F32,
        "MET_DOUBLE" => Depth::F64,
        _ => return None,
    })
}

/// Opens an `.mha` or `.mhd`.
pub(super) fn open(path: &Path) -> Result<Opened, Error> {
    let wrong = |problem: String| Error::Volume {
        path: path.to_owned(),
        problem,
    };
    let head = head_of(path)?;
    let mut fields: HashMap<String, String> = HashMap::new();
    let mut at = 0;
    let data_file = loop {
        let Some((line, next)) = line_at(&head, at) else {
            return Err(wrong("its header names no `ElementDataFile`".to_owned()));
        };
        at = next;
        let Some((name, value)) = line.split_once('=') else {
            continue;
        };
        let (name, value) = (name.trim().to_lowercase(), value.trim().to_owned());
        if name == "elementdatafile" {
            break value;
        }
        fields.insert(name, value);
    };
    let field = |name: &str| fields.get(name).map(String::as_str);
    let is_true =
        |name: &str| field(name).is_some_and(|v| matches!(v.to_lowercase().as_str(), "true" | "1"));
    let missing = |name: &str| {
        wrong(format!(
            "its header gives no `{name}`, or none that is read; save it again"
        ))
    };
    let mut sizes: Vec<usize> = field("dimsize")
        .and_then(|text| text.split_whitespace().map(|n| n.parse().ok()).collect())
        .ok_or_else(|| missing("DimSize"))?;
    while sizes.len() > 3 && sizes.last() == Some(&1) {
        sizes.pop();
    }
    let channels = field("elementnumberofchannels").unwrap_or("1");
    if sizes.is_empty() || sizes.len() > 3 || channels != "1" {
        return Err(wrong(format!(
            "it holds {} values of {} channels along its axes, expected three axes and \
             one channel; save one channel or one frame alone",
            shown(field("dimsize").unwrap_or_default()),
            shown(channels)
        )));
    }
    sizes.resize(3, 1);
    let type_name = field("elementtype").ok_or_else(|| missing("ElementType"))?;
    let depth = depth_of(type_name).ok_or_else(|| {
        wrong(format!(
            "voxels of the type `{}` are not read; save it with another type",
            shown(type_name)
        ))
    })?;
    if field("binarydata").is_some() && !is_true("binarydata") {
        return Err(wrong(
            "its voxels are written as text; save it in binary form".to_owned(),
        ));
    }
    let packing = match is_true("compresseddata") {
        true => Packing::Zlib,
        false => Packing::None,
    };
    let local = matches!(data_file.to_lowercase().as_str(), "local" | "local_file");
    let shape = [sizes[2], sizes[1], sizes[0]];
    let files = if local {
        vec![path.to_owned()]
    } else if data_file.starts_with("LIST") {
        let mut names = Vec::new();
        while let Some((line, next)) = line_at(&head, at) {
            at = next;
            if !line.trim().is_empty() {
                names.push(line.trim().to_owned());
            }
        }
        beside(path, &names)
    } else if data_file.contains('%') {
        let parts: Vec<&str> = data_file.split_whitespace().collect();
        let number = |i: usize, default: i64| {
            parts
                .get(i)
                .map_or(Some(default), |n| n.parse::<i64>().ok())
                .ok_or_else(|| missing("ElementDataFile"))
        };
        let (first, last, step) = (number(1, 1)?, number(2, shape[0] as i64)?, number(3, 1)?);
        if step <= 0 || last.saturating_sub(first) / step > 1 << 20 {
            return Err(missing("ElementDataFile"));
        }
        let numbers = (first..=last).step_by(step as usize);
        beside(path, &numbered_files(parts[0], numbers).map_err(wrong)?)
    } else {
        beside(path, std::slice::from_ref(&data_file))
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
        offset: if local { at as u64 } else { 0 },
        unpacked_offset: 0,
        packing,
        depth,
        little_endian: !(is_true("binarydatabyteordermsb") || is_true("elementbyteordermsb")),
        shape,
        rescale: None,
    };
    match field("headersize").map(str::parse::<i64>) {
        None | Some(Ok(0)) => {}
        Some(Ok(-1)) if packing == Packing::None => {
            raw.offset = raw.offset_of_last().map_err(|e| of_data_file(path, e))?;
        }
        Some(Ok(skip @ 1..)) if !local => raw.offset = skip as u64,
        _ => return Err(missing("HeaderSize")),
    }
    raw.check_size().map_err(|e| of_data_file(path, e))?;
    let mut opened = raw.opened().behind(path);
    let lengths: Option<Vec<f64>> = field("elementspacing")
        .or(field("elementsize"))
        .and_then(|text| text.split_whitespace().map(|n| n.parse().ok()).collect());
    if let Some([x, y, z, ..]) = lengths.as_deref() {
        let unit = field("distanceunits").filter(|unit| *unit != "?");
        let (said, note) = unitless::spacing([*x, *y, *z], unit, SpacingSource::MetaImage);
        opened.spacing = said;
        opened.notes.extend(note);
    }
    Ok(opened)
}
