//! Whether raw voxels are as the project describes them: in a scan neighbouring voxels resemble
//! each other, with a wrong order of axes or bytes or a wrong type they do not.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use super::raw::{ByteOrder, RawLayout, RawType};
use super::raw_voxels::voxels_of;
use super::statistics::rank_correlation;
use crate::Error;
use crate::regular_file::open_regular_file;

/// Runs of voxels that are looked at, evenly spread over the file, and voxels of each.
const RUNS: usize = 96;
const RUN: usize = 512;

/// A smaller volume is not looked at.
const VOXELS_MIN: usize = 1 << 13;

/// Fewer pairs, or fewer values, give no correlation.
const PAIRS_MIN: usize = 1000;
const VALUES_MIN: usize = 16;

/// Another description fits far better where neighbours are at least this much alike by it: noise
/// leaves no more in some scans ...
const ALIKE_MIN: f64 = 0.2;

/// ... and by the one that was given less than this part of it.
const PART_MAX: f64 = 0.5;

/// Numbers of a scan are between these sizes; others are those of another type.
const SIZES: [f64; 2] = [1e-15, 1e15];

/// More numbers of other sizes than this share are no outliers.
const ODD_MAX: f64 = 0.2;

/// Of floats that are those of a scan, most lie within such a ratio.
const RATIO_MAX: f64 = 1e5;

/// Says in words what fits far better than what the project says; `None` where nothing does.
///
/// # Errors
/// [`Error::Read`].
pub(super) fn misfit(path: &Path, layout: &RawLayout) -> Result<Option<String>, Error> {
    let voxels: usize = layout.shape.iter().product();
    if voxels < VOXELS_MIN {
        return Ok(None);
    }
    let least = layout
        .shape
        .into_iter()
        .filter(|n| *n > 1)
        .min()
        .unwrap_or(1);
    let mut probe = Probe {
        file: open_regular_file(path)?,
        path,
        layout: *layout,
        reach: (voxels / least) as u64,
    };
    if let Some(voxel) = probe.other_type()? {
        return Ok(Some(format!(
            "read as {}, its voxels have sizes that no scan has; they look like {}: write `type = \
             \"{}\"` in `raw`",
            name_of(layout.voxel),
            name_of(voxel),
            name_of(voxel)
        )));
    }
    let Some(given) = probe.along_rows(layout)? else {
        return Ok(None);
    };
    let words = |given: f64, better: f64| {
        format!("({better:.2}, against {given:.2} as `raw` says; 1 is alike, 0 is chance)")
    };
    let other_order = RawLayout {
        byte_order: match layout.byte_order {
            ByteOrder::Little => ByteOrder::Big,
            ByteOrder::Big => ByteOrder::Little,
        },
        ..*layout
    };
    if let Some(better) = probe
        .along_rows(&other_order)?
        .filter(|r| is_far(given, *r))
    {
        let order = match other_order.byte_order {
            ByteOrder::Little => "little",
            ByteOrder::Big => "big",
        };
        return Ok(Some(format!(
            "its voxels resemble their neighbours far better with the other order of bytes {}: \
             write `byte_order = \"{order}\"` in `raw`",
            words(given, better)
        )));
    }
    probe.other_shape(words)
}

fn is_far(given: f64, better: f64) -> bool {
    better >= ALIKE_MIN && given < PART_MAX * better
}

/// The name of a type in a project file.
fn name_of(voxel: RawType) -> String {
    format!("{voxel:?}").to_lowercase()
}

struct Probe<'a> {
    file: File,
    path: &'a Path,
    layout: RawLayout,
    /// The furthest that two voxels that are compared lie apart.
    reach: u64,
}

impl Probe<'_> {
    /// Values of the runs, each `lag` voxels behind its place.
    fn runs(&mut self, layout: &RawLayout, lag: u64) -> Result<Vec<f64>, Error> {
        let depth = layout.voxel.depth();
        let size = depth.bytes() as u64;
        // The offset may be a voxel further than the given one.
        let voxels = layout.shape.iter().map(|n| *n as u64).product::<u64>() - 1;
        let last = voxels.saturating_sub(self.reach + RUN as u64);
        let mut bytes = Vec::new();
        for i in 0..RUNS as u64 {
            let at = last * i / (RUNS as u64 - 1) + lag;
            let start = layout.offset + at * size;
            let length = (RUN as u64).min(voxels.saturating_sub(at)) * size;
            let mut run = vec![0; length as usize];
            self.file
                .seek(SeekFrom::Start(start))
                .and_then(|_| self.file.read_exact(&mut run))
                .map_err(Error::read(self.path))?;
            run.resize(RUN * size as usize, 0);
            bytes.extend(run);
        }
        let little = layout.byte_order == ByteOrder::Little;
        Ok(voxels_of(bytes, depth, little).to_f64())
    }

    /// The type of the same size that the numbers are of, where those of the given one cannot be.
    fn other_type(&mut self) -> Result<Option<RawType>, Error> {
        use RawType::{Float32, Float64, Int32, Int64, Uint32, Uint64};
        let layout = self.layout;
        let others: &[RawType] = match layout.voxel {
            Uint32 | Int32 => &[Float32],
            Uint64 | Int64 => &[Float64],
            Float32 => &[Int32, Uint32],
            Float64 => &[Int64, Uint64],
            _ => return Ok(None),
        };
        let values = self.runs(&layout, 0)?;
        let is_float = matches!(layout.voxel, Float32 | Float64);
        if values.len() < PAIRS_MIN || (is_float && !are_odd(&values)) {
            return Ok(None);
        }
        for &voxel in others {
            let other = RawLayout { voxel, ..layout };
            let values = self.runs(&other, 0)?;
            let fits = match is_float {
                true => {
                    !are_odd(&values) && self.along_rows(&other)?.is_some_and(|r| r >= ALIKE_MIN)
                }
                false => are_floats(&values),
            };
            if fits {
                return Ok(Some(voxel));
            }
        }
        Ok(None)
    }

    /// How alike neighbours in a row are, by ranks.
    fn along_rows(&mut self, layout: &RawLayout) -> Result<Option<f64>, Error> {
        self.likeness(layout, 1)
    }

    fn likeness(&mut self, layout: &RawLayout, lag: u64) -> Result<Option<f64>, Error> {
        let (from, to) = (self.runs(layout, 0)?, self.runs(layout, lag)?);
        let least = from.iter().copied().fold(f64::INFINITY, f64::min);
        let is_seen =
            |(a, b): &(f64, f64)| a.is_finite() && b.is_finite() && !(*a == least && *b == least);
        let pairs: Vec<(f64, f64)> = from.into_iter().zip(to).filter(is_seen).collect();
        let mut values: Vec<u64> = pairs.iter().map(|p| p.0.to_bits()).collect();
        values.sort_unstable();
        values.dedup();
        if pairs.len() < PAIRS_MIN || values.len() < VALUES_MIN {
            return Ok(None);
        }
        Ok(rank_correlation(&pairs))
    }

    /// An order of the sides of `shape` by which rows and slices fit far better.
    fn other_shape(&mut self, words: impl Fn(f64, f64) -> String) -> Result<Option<String>, Error> {
        let layout = self.layout;
        let mut fit_of = |[nx, ny, nz]: [usize; 3]| -> Result<Option<f64>, Error> {
            let mut least: Option<f64> = None;
            for (lag, neighbours) in [(nx, ny), (nx * ny, nz)] {
                if neighbours > 1
                    && let Some(r) = self.likeness(&layout, lag as u64)?
                {
                    least = Some(least.map_or(r, |l| l.min(r)));
                }
            }
            Ok(least)
        };
        let [x, y, z] = layout.shape;
        let Some(given) = fit_of([x, y, z])? else {
            return Ok(None);
        };
        let mut best = (given, layout.shape);
        for shape in [[y, x, z], [z, y, x], [x, z, y], [y, z, x], [z, x, y]] {
            // Of one slice only the sides can be exchanged.
            if z == 1 && shape[2] != 1 {
                continue;
            }
            match fit_of(shape)? {
                Some(fit) if fit > best.0 => best = (fit, shape),
                _ => {}
            }
        }
        let (better, [x, y, z]) = best;
        Ok(is_far(given, better).then(|| {
            format!(
                "its voxels resemble their neighbours far better by `shape = [{x}, {y}, {z}]` {}: \
                 `shape` is [x, y, z], columns, rows and slices, the other way round than in NumPy",
                words(given, better)
            )
        }))
    }
}

/// Whether numbers have sizes that those of a scan have not.
fn are_odd(values: &[f64]) -> bool {
    let is_odd =
        |v: &&f64| !v.is_finite() || (**v != 0.0 && !(SIZES[0]..SIZES[1]).contains(&v.abs()));
    values.iter().filter(is_odd).count() as f64 > ODD_MAX * values.len() as f64
}

/// Whether numbers are those of a scan in floats.
fn are_floats(values: &[f64]) -> bool {
    let mut sizes: Vec<f64> = values
        .iter()
        .filter(|v| **v != 0.0)
        .map(|v| v.abs())
        .collect();
    if are_odd(values) || sizes.len() < PAIRS_MIN {
        return false;
    }
    sizes.sort_by(f64::total_cmp);
    let at = |share: f64| sizes[(share * (sizes.len() - 1) as f64) as usize];
    at(0.95) < RATIO_MAX * at(0.05)
}

#[cfg(test)]
mod tests {
    use super::super::phantom::{SHAPE, balls};
    use super::*;

    /// The phantom's own description, and that it is misread by another.
    fn told(bytes: &[u8], layout: RawLayout) -> Option<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scan.raw");
        std::fs::write(&path, bytes).unwrap();
        misfit(&path, &layout).unwrap()
    }

    fn layout(voxel: RawType) -> RawLayout {
        let [nz, ny, nx] = SHAPE;
        RawLayout {
            shape: [nx, ny, nz],
            voxel,
            byte_order: ByteOrder::Little,
            offset: 0,
        }
    }

    fn bytes<const N: usize>(of: impl Fn(u16) -> [u8; N]) -> Vec<u8> {
        balls(11).data().iter().flat_map(|v| of(*v)).collect()
    }

    fn float(v: u16) -> [u8; 4] {
        (f32::from(v) / 1e4 - 1.0).to_le_bytes()
    }

    #[test]
    fn what_is_described_rightly_is_not_doubted() {
        let two = RawLayout {
            offset: 2,
            ..layout(RawType::Uint16)
        };
        let one = |v: u16| [(v / 200) as u8];
        for (bytes, layout) in [
            (bytes(u16::to_le_bytes), layout(RawType::Uint16)),
            ([vec![0; 2], bytes(u16::to_le_bytes)].concat(), two),
            (bytes(one), layout(RawType::Uint8)),
            (bytes(float), layout(RawType::Float32)),
            (
                bytes(|v| f64::from(v).to_le_bytes()),
                layout(RawType::Float64),
            ),
            (
                bytes(|v| u32::from(v).to_le_bytes()),
                layout(RawType::Uint32),
            ),
            (
                bytes(|v| (u32::from(v) * 70_000).to_le_bytes()),
                layout(RawType::Uint32),
            ),
            (
                bytes(|v| (i32::from(v) - 20_000).to_le_bytes()),
                layout(RawType::Int32),
            ),
            (
                bytes(|v| u64::from(v).to_le_bytes()),
                layout(RawType::Uint64),
            ),
        ] {
            assert_eq!(told(&bytes, layout), None, "{layout:?}");
        }
    }

    #[test]
    fn a_wrong_order_of_axes_names_the_right_one() {
        let [nz, ny, nx] = SHAPE;
        for shape in [[nz, ny, nx], [ny, nx, nz], [nx, nz, ny], [nz, nx, ny]] {
            let wrong = RawLayout {
                shape,
                ..layout(RawType::Uint16)
            };
            let told = told(&bytes(u16::to_le_bytes), wrong).unwrap();
            assert!(
                told.contains(&format!("`shape = [{nx}, {ny}, {nz}]`")),
                "{told}"
            );
        }
    }

    #[test]
    fn wrong_bytes_and_types_are_named() {
        let contains = |bytes: &[u8], wrong: RawLayout, word: &str| {
            let told = told(bytes, wrong).unwrap();
            assert!(told.contains(word), "{told}");
        };
        let big = RawLayout {
            byte_order: ByteOrder::Big,
            ..layout(RawType::Uint16)
        };
        contains(&bytes(u16::to_le_bytes), big, "`byte_order = \"little\"`");
        contains(
            &bytes(u16::to_be_bytes),
            layout(RawType::Uint16),
            "`byte_order = \"big\"`",
        );
        let swapped = |v: u16| (f32::from(v) / 1e4 - 1.0).to_be_bytes();
        contains(
            &bytes(swapped),
            layout(RawType::Float32),
            "`byte_order = \"big\"`",
        );
        contains(
            &bytes(float),
            layout(RawType::Uint32),
            "`type = \"float32\"`",
        );
        contains(
            &bytes(|v| i32::from(v).to_le_bytes()),
            layout(RawType::Float32),
            "int32\"`",
        );
    }
}
