//! NumPy's `.npy`.
//! Format: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>.

use std::path::Path;

use super::header::head_of;
use super::raw_voxels::{Packing, RawVoxels};
use super::sample::Depth;
use super::store::Opened;
use crate::Error;
use crate::text::shown;

/// What the header says.
#[derive(Debug, PartialEq)]
struct NpyHeader {
    depth: Depth,
    little_endian: bool,
    /// Whether the first axis is the fastest.
    fortran: bool,
    /// As NumPy says it: slices, rows, columns.
    shape: Vec<usize>,
    /// Bytes before the first voxel.
    offset: u64,
}

/// The value of a key of the header, which is a dictionary of Python.
fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let after = text.split_once(&format!("'{key}'"))?.1;
    Some(after.trim_start().strip_prefix(':')?.trim_start())
}

/// Truth values are bytes.
fn depth_of(code: &str) -> Option<Depth> {
    match code {
        "b1" => Some(Depth::U8),
        _ => Depth::of_numpy(code),
    }
}

/// # Errors
/// In words, for what is no array of numbers or is cut short.
fn parse(head: &[u8]) -> Result<NpyHeader, String> {
    let cut = || "its header is cut short; copy it again".to_owned();
    // The length is of two bytes in version 1, and of four later.
    let (start, length): (usize, usize) = match head.get(6..12).ok_or_else(cut)? {
        [1, _, a, b, ..] => (10, usize::from(u16::from_le_bytes([*a, *b]))),
        [_, _, a, b, c, d] => (12, u32::from_le_bytes([*a, *b, *c, *d]) as usize),
        _ => return Err(cut()),
    };
    let text = start
        .checked_add(length)
        .and_then(|end| head.get(start..end))
        .ok_or_else(cut)?;
    let text = String::from_utf8_lossy(text);
    let wrong = || {
        format!(
            "its header `{}` is not understood; save it again with `numpy.save`",
            shown(&text)
        )
    };
    let descr = value(&text, "descr").ok_or_else(wrong)?;
    let code = descr
        .strip_prefix('\'')
        .and_then(|rest| rest.split_once('\''))
        .map(|(code, _)| code);
    let (order, of_type) = code
        .and_then(|code| code.split_at_checked(1))
        .unwrap_or_default();
    let depth = depth_of(of_type).ok_or_else(|| {
        format!(
            "it holds {}, expected integers or floats of 8 to 64 bits; save it as such \
             (`array.astype('uint16')`)",
            match code {
                Some(code) => format!("values of the type `{}`", shown(code)),
                None => "records or objects".to_owned(),
            }
        )
    })?;
    let shape = value(&text, "shape")
        .and_then(|shape| shape.strip_prefix('(')?.split_once(')'))
        .map(|(shape, _)| shape.split(',').map(str::trim).filter(|n| !n.is_empty()))
        .and_then(|shape| {
            shape
                .map(|n| n.trim_end_matches('L').parse().ok())
                .collect::<Option<Vec<usize>>>()
        })
        .ok_or_else(wrong)?;
    Ok(NpyHeader {
        depth,
        little_endian: order != ">",
        fortran: value(&text, "fortran_order").is_some_and(|v| v.starts_with("True")),
        shape,
        offset: (start + length) as u64,
    })
}

/// Opens a `.npy` of two or three axes: slices, rows and columns.
pub(super) fn open(path: &Path) -> Result<Opened, Error> {
    let wrong = |problem: String| Error::Volume {
        path: path.to_owned(),
        problem,
    };
    let header = parse(&head_of(path)?).map_err(wrong)?;
    let mut axes: Vec<usize> = header.shape.clone();
    // Axes of one element say nothing, as those of one frame and one channel.
    while axes.len() > 3
        && let Some(i) = axes.iter().position(|n| *n == 1)
    {
        axes.remove(i);
    }
    let shape = match *axes {
        [nz, ny, nx] => [nz, ny, nx],
        [ny, nx] => [1, ny, nx],
        _ => {
            return Err(wrong(format!(
                "its axes are {:?}, expected three: slices, rows and columns; save one channel or \
                 one frame alone",
                header.shape
            )));
        }
    };
    if header.fortran && shape.iter().filter(|n| **n > 1).count() > 1 {
        return Err(wrong(
            "its voxels are stored with the first axis fastest (Fortran order); save it as \
             `numpy.save(file, numpy.ascontiguousarray(array))`, with the axes slices, rows, columns"
                .to_owned(),
        ));
    }
    let raw = RawVoxels {
        files: vec![path.to_owned()],
        offset: header.offset,
        unpacked_offset: 0,
        packing: Packing::None,
        depth: header.depth,
        little_endian: header.little_endian,
        shape,
        rescale: None,
    };
    raw.check_size()?;
    Ok(raw.opened())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(text: &str) -> Vec<u8> {
        let mut head = b"\x93NUMPY\x01\0".to_vec();
        head.extend((text.len() as u16).to_le_bytes());
        head.extend(text.as_bytes());
        head
    }

    #[test]
    fn headers_are_dictionaries_of_python() {
        let text = "{'descr': '>f4', 'fortran_order': True, 'shape': (3L, 4, 5,), }  \n";
        let read = parse(&head(text)).unwrap();
        assert_eq!(read.depth, Depth::F32);
        assert!(!read.little_endian && read.fortran);
        assert_eq!(read.shape, [3, 4, 5]);
        assert_eq!(read.offset, 10 + text.len() as u64);
        for (text, says) in [
            (
                "{'descr': '|O', 'fortran_order': False, 'shape': (3,)}",
                "type `|O`",
            ),
            (
                "{'descr': [('a', '<u2')], 'shape': (3,)}",
                "records or objects",
            ),
            ("{'descr': '<u2', 'fortran_order': False}", "not understood"),
        ] {
            let error = parse(&head(text)).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
        assert!(parse(b"\x93NUMPY\x01\0\xff\xff{").is_err());
    }
}
