//! Where the pixels of one map lie in another.

use corelith_core::{Raster, UNMEASURED};

use super::{SAME_PIXELS, SameSection};
use crate::turns::Turn;

/// Pixels of particles, at least, in what two maps share, and their least share of it: fewer agree
/// by chance, as on tiny maps, or at the rim of larger ones.
pub(crate) const PARTICLES_MIN_PX: f64 = 100.0;
pub(crate) const PARTICLES_MIN: f64 = 0.02;

/// Pixels at which the classes of two maps are compared, about.
const SAMPLED_PX: usize = 400_000;

/// Share of blocks of one class from which on pixels were made several of.
const BLOWN_UP: f64 = 0.99;

/// The pixel `(column, row)` of the coarser map is the pixel `origin + scale (axes (column, row))`
/// of the finer one, rounded down.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Place {
    /// Positions of the finer and of the coarser map.
    pub maps: [usize; 2],
    pub turn: Turn,
    /// Pixels of the finer map a pixel of the coarser one, along each side.
    pub scale: f64,
    pub origin: [f64; 2],
}

impl Place {
    /// Both maps as wholes, one pixel of the coarser over `scale` of the finer.
    pub(super) fn of_wholes(
        maps: [usize; 2],
        fine: &Raster<u8>,
        coarse: &Raster<u8>,
        turn: Turn,
    ) -> Option<Self> {
        let size = match turn.exchanges() {
            true => [coarse.rows(), coarse.cols()],
            false => [coarse.cols(), coarse.rows()],
        };
        let scales = [
            fine.cols() as f64 / size[0] as f64,
            fine.rows() as f64 / size[1] as f64,
        ];
        // A pixel more or less comes of rounding.
        let alike = (scales[0] - scales[1]).abs() * size[0].min(size[1]) as f64 <= scales[0];
        let scale = scales[0].min(scales[1]);
        let last = [size[0] as i64 - 1, size[1] as i64 - 1];
        let corner = turn.place([0, 0], last);
        (alike && scale >= 1.0).then_some(Self {
            maps,
            turn,
            scale,
            origin: corner.map(|at| scale * (at as f64 + 0.5)),
        })
    }

    fn in_finer(&self, col: usize, row: usize, fine: &Raster<u8>) -> Option<(usize, usize)> {
        let at = self.turn.place([col as i64, row as i64], [0, 0]);
        let x = (self.origin[0] + self.scale * at[0] as f64).floor();
        let y = (self.origin[1] + self.scale * at[1] as f64).floor();
        let inside = x >= 0.0 && y >= 0.0 && x < fine.cols() as f64 && y < fine.rows() as f64;
        inside.then_some((x as usize, y as usize))
    }

    /// Share of one class in both, among the pixels that are not of the most frequent class, which
    /// is resin mostly, in at least one, if these are enough to say something; and how much of the
    /// smaller map the other shows.
    pub(super) fn agreement(&self, fine: &Raster<u8>, coarse: &Raster<u8>) -> (f64, f64) {
        let mut counts = [0_u64; 256];
        for class in coarse.data() {
            counts[usize::from(*class)] += 1;
        }
        counts[usize::from(UNMEASURED)] = 0;
        let most = (0..=255_u8).max_by_key(|class| counts[usize::from(*class)]);
        let step = coarse.len().div_ceil(SAMPLED_PX).isqrt().max(1);
        let (mut looked, mut inside, mut all, mut same) = (0_u64, 0_u64, 0_u64, 0_u64);
        for row in (0..coarse.rows()).step_by(step) {
            for col in (0..coarse.cols()).step_by(step) {
                looked += 1;
                let Some((x, y)) = self.in_finer(col, row, fine) else {
                    continue;
                };
                inside += 1;
                let (a, b) = (fine.at(x, y), coarse.at(col, row));
                if a != UNMEASURED && b != UNMEASURED && (Some(a) != most || Some(b) != most) {
                    all += 1;
                    same += u64::from(a == b);
                }
            }
        }
        let enough = PARTICLES_MIN_PX.max(PARTICLES_MIN * inside as f64);
        if ((all * (step * step) as u64) as f64) < enough {
            return (0.0, 0.0);
        }
        let of_coarse = inside as f64 / looked as f64;
        let of_fine = of_coarse * coarse.len() as f64 * self.scale.powi(2) / fine.len() as f64;
        (same as f64 / all as f64, of_coarse.max(of_fine))
    }

    /// Whether the finer map holds nothing that the coarser does not: its pixels were made several
    /// of each.
    fn is_blown_up(&self, fine: &Raster<u8>, coarse: &Raster<u8>) -> bool {
        let side = self.scale as usize;
        if side < 2 || self.scale.fract() != 0.0 {
            return false;
        }
        let uniform = |col: usize, row: usize| {
            let (x, y) = (col / side * side, row / side * side);
            fine.at(col, row) == fine.at(x, y)
        };
        let same = (0..fine.len()).filter(|i| uniform(i % fine.cols(), i / fine.cols()));
        // Blocks that begin elsewhere would be cut, and differ.
        coarse.len() > 1 && same.count() as f64 >= BLOWN_UP * fine.len() as f64
    }

    /// Which is the copy, and how it was made.
    pub(super) fn described(&self, maps: &[&Raster<u8>]) -> SameSection {
        let [fine, coarse] = self.maps;
        let one_size = self.scale == 1.0;
        let fine_is_copy = if one_size {
            (maps[fine].len(), coarse) < (maps[coarse].len(), fine)
        } else {
            self.is_blown_up(maps[fine], maps[coarse])
        };
        let mut how = Vec::new();
        if self.turn != Turn::NONE {
            let turn = match fine_is_copy {
                true => self.turn.undone(),
                false => self.turn,
            };
            how.push(turn.how.to_owned());
        }
        if !one_size {
            let scale = (self.scale * 100.0).round() / 100.0;
            how.push(match fine_is_copy {
                true => format!("with {scale} x {scale} pixels for each of its pixels"),
                false => format!("with pixels {scale} times as large"),
            });
        }
        let area = self.scale.powi(2) * maps[coarse].len() as f64;
        if (area / maps[fine].len() as f64 - 1.0).abs() > 0.05 {
            how.push("cut out of it".to_owned());
        }
        SameSection {
            maps: match fine_is_copy {
                true => [coarse, fine],
                false => [fine, coarse],
            },
            how: match how.is_empty() {
                true => SAME_PIXELS.to_owned(),
                false => how.join(", "),
            },
        }
    }
}
