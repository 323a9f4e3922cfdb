//! The header of a NIfTI-1 or NIfTI-2.
//! Format: <https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h>,
//! <https://nifti.nimh.nih.gov/pub/dist/doc/nifti2.h>.

use super::sample::Depth;

/// Bytes of the longer of both headers, with what follows it in front of voxels.
pub(super) const HEADER_BYTES: usize = 544;

/// What a header says, in the types of the longer one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct NiftiHeader {
    pub little_endian: bool,
    /// Axes that are used, x first.
    pub sizes: Vec<i64>,
    /// The code of the type of voxels.
    pub code: i16,
    /// Byte at which voxels begin, in their file.
    pub offset: f64,
    pub slope: f64,
    pub intercept: f64,
    /// Whether voxels lie in a file `.img` beside.
    pub pair: bool,
    pub unit: Option<&'static str>,
    /// Along x, y and z, in that unit.
    pub lengths: [f64; 3],
}

/// Where the fields of a version lie.
struct Places {
    code: usize,
    axes: usize,
    lengths: usize,
    offset: usize,
    scale: usize,
    unit: usize,
}

const FIRST: Places = Places {
    axes: 40,
    code: 70,
    lengths: 76,
    offset: 108,
    scale: 112,
    unit: 123,
};
const SECOND: Places = Places {
    code: 12,
    axes: 16,
    lengths: 104,
    offset: 168,
    scale: 176,
    unit: 500,
};

/// The bytes of a field, the lowest first.
fn field<const N: usize>(head: &[u8], at: usize, little_endian: bool) -> Option<[u8; N]> {
    let mut bytes: [u8; N] = head.get(at..at + N)?.try_into().ok()?;
    if !little_endian {
        bytes.reverse();
    }
    Some(bytes)
}

impl NiftiHeader {
    /// Reads a header; `None` where it is cut short.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        let is_second = head.get(4..7)? == b"n+2" || head.get(4..7)? == b"ni2";
        let (length, places) = match is_second {
            true => (540i32, SECOND),
            false => (348, FIRST),
        };
        let little_endian = head.get(..4)? == length.to_le_bytes();
        let short = |at: usize| Some(i16::from_le_bytes(field(head, at, little_endian)?));
        let long = |at: usize| Some(i64::from_le_bytes(field(head, at, little_endian)?));
        // Six digits: 2.296 as a 32-bit float is 2.2960000038.
        let single = |at: usize| {
            let value = f64::from(f32::from_le_bytes(field(head, at, little_endian)?));
            Some(format!("{value:.6e}").parse().unwrap_or(value))
        };
        let double = |at: usize| Some(f64::from_le_bytes(field(head, at, little_endian)?));
        let size = |i: usize| match is_second {
            true => long(places.axes + 8 * i),
            false => short(places.axes + 2 * i).map(i64::from),
        };
        let used = usize::try_from(size(0)?).unwrap_or(0).min(7);
        let real = |at: usize, i: usize| match is_second {
            true => double(at + 8 * i),
            false => single(at + 4 * i),
        };
        let offset = match is_second {
            true => long(places.offset)? as f64,
            false => f64::from(f32::from_le_bytes(field(
                head,
                places.offset,
                little_endian,
            )?)),
        };
        let scale = |i: usize| match is_second {
            true => double(places.scale + 8 * i),
            false => {
                let bytes = field(head, places.scale + 4 * i, little_endian)?;
                Some(f64::from(f32::from_le_bytes(bytes)))
            }
        };
        let unit_at = match (is_second, little_endian) {
            // The low byte of a number of four.
            (true, false) => places.unit + 3,
            _ => places.unit,
        };
        Some(Self {
            little_endian,
            sizes: (1..=used).map(size).collect::<Option<_>>()?,
            code: short(places.code)?,
            offset,
            slope: scale(0)?,
            intercept: scale(1)?,
            pair: match is_second {
                true => head.get(4..7)? == b"ni2",
                false => head.get(344..347)? == b"ni1",
            },
            unit: match head.get(unit_at)? & 7 {
                1 => Some("m"),
                2 => Some("mm"),
                3 => Some("um"),
                _ => None,
            },
            lengths: [
                real(places.lengths, 1)?,
                real(places.lengths, 2)?,
                real(places.lengths, 3)?,
            ],
        })
    }

    /// The type of voxels; `None` for colours and complex numbers.
    pub(super) fn depth(&self) -> Option<Depth> {
        Some(match self.code {
            2 => Depth::U8,
            4 => Depth::I16,
            8 => Depth::I32,
            16 => Depth::F32,
            64 => Depth::F64,
            256 => Depth::I8,
            512 => Depth::U16,
            768 => Depth::U32,
            1024 => Depth::I64,
            1280 => Depth::U64,
            _ => return None,
        })
    }

    /// Slope and intercept, where values have a scale; a slope of 0 says that there is none.
    pub(super) fn rescale(&self) -> Option<[f64; 2]> {
        let Self {
            slope, intercept, ..
        } = *self;
        let scaled = slope.is_finite() && slope != 0.0 && (slope, intercept) != (1.0, 0.0);
        scaled.then_some([slope, intercept])
    }
}
