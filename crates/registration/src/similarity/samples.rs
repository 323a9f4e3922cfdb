use corelith_core::Raster;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::map::categories::Categories;
use crate::placement::pose::MapPoint;
use crate::similarity::shader::{CLASS_SHIFT, COORDINATE_BIAS, COORDINATE_BITS};

/// Map pixels that score poses, packed as the kernel reads them: column and row relative to an
/// origin pixel, and the category.
#[derive(Debug, Clone, PartialEq)]
pub struct Samples {
    /// Column of the origin pixel.
    pub origin_col: i32,
    /// Row of the origin pixel.
    pub origin_row: i32,
    /// One word a sample.
    pub packed: Vec<u32>,
}

impl Samples {
    /// Packs `(col, row, category)` triples relative to an origin pixel; pixels more than 8000
    /// from it and categories past the kernel's limit are left out.
    pub fn pack(
        origin_col: i32,
        origin_row: i32,
        pixels: impl Iterator<Item = (i32, i32, u32)>,
    ) -> Self {
        let packed = pixels
            .filter_map(|(col, row, category)| {
                let limit = 0..2 * COORDINATE_BIAS;
                let (c, r) = (
                    col - origin_col + COORDINATE_BIAS,
                    row - origin_row + COORDINATE_BIAS,
                );
                (limit.contains(&c)
                    && limit.contains(&r)
                    && category < crate::similarity::shader::CLASSES)
                    .then_some(c as u32 | (r as u32) << COORDINATE_BITS | category << CLASS_SHIFT)
            })
            .collect();
        Self {
            origin_col,
            origin_row,
            packed,
        }
    }

    /// About `wanted` pixels within `radius_px` of `centre`, one in each cell of a jittered grid.
    pub(crate) fn around(
        categories: &Categories,
        centre: MapPoint,
        radius_px: f64,
        wanted: usize,
        seed: u64,
    ) -> Self {
        let raster: &Raster<u8> = &categories.raster;
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let clip = |from: f64, to: f64, n: usize| {
            (from.max(0.0) as usize, (to.max(0.0) as usize + 1).min(n))
        };
        let (left, right) = clip(
            centre.col - radius_px,
            centre.col + radius_px,
            raster.cols(),
        );
        let (top, bottom) = clip(
            centre.row - radius_px,
            centre.row + radius_px,
            raster.rows(),
        );
        let area = (right.saturating_sub(left) * bottom.saturating_sub(top)) as f64;
        let cell = (area / wanted as f64).sqrt().max(1.0);
        let mut pixels = Vec::new();
        let mut y = top as f64;
        while y < bottom as f64 {
            let mut x = left as f64;
            while x < right as f64 {
                let col = (x + cell * rng.random::<f64>()) as usize;
                let row = (y + cell * rng.random::<f64>()) as usize;
                let inside = (col as f64 - centre.col).hypot(row as f64 - centre.row) <= radius_px;
                if inside && col < right && row < bottom {
                    let category = u32::from(raster.at(col, row));
                    pixels.push((col as i32, row as i32, category));
                }
                x += cell;
            }
            y += cell;
        }
        Self::pack(centre.col as i32, centre.row as i32, pixels.into_iter())
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        self.packed.len()
    }

    /// Whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.packed.is_empty()
    }
}
