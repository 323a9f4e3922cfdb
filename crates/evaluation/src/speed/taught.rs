use corelith_core::{PlacedMap, Raster, Silent, Volume};
use corelith_unet::{Classes, Forest, GreyStatistics, Scan};

use super::volumes::blobs;
use crate::Error;

/// A scan of two minerals in resin, and a forest that has learned from one plane of it.
pub(super) struct Taught {
    ct: Volume<u16>,
    grey: GreyStatistics,
    pub forest: Forest,
}

impl Taught {
    pub fn new(side: usize, seed: u64) -> Result<Self, Error> {
        let is_solid = blobs(side);
        let class_of = |x: usize, y: usize, z: usize| match is_solid.at(x, y, z) {
            0 => 0,
            _ => 1 + u8::from((x / 9 + y / 7 + z / 8).is_multiple_of(2)),
        };
        let ct = Volume::from_fn([side; 3], is_solid.spacing(), |x, y, z| {
            let noise = ((z * 41 + y) * 43 + x).wrapping_mul(2_654_435_761) >> 9 & 2047;
            (10_000 + 6_000 * usize::from(class_of(x, y, z)) + noise) as u16
        });
        let map = PlacedMap {
            name: "plane".to_owned(),
            coords_vox: [
                Raster::from_fn(side, side, |column, _| column as f32),
                Raster::from_fn(side, side, |_, row| row as f32),
                Raster::filled(side, side, (side / 2) as f32),
            ],
            classes: Raster::from_fn(side, side, |column, row| class_of(column, row, side / 2)),
            pixel_um: 1.0,
        };
        let classes = Classes {
            names: ["resin", "one", "other"].map(str::to_owned).to_vec(),
            background: 0,
        };
        let scan = Scan::measure(&ct)?;
        let (grey, forest) = (
            scan.grey,
            Forest::train(&scan, &[map], &classes, seed, &Silent)?,
        );
        Ok(Self { ct, grey, forest })
    }

    pub fn scan(&self) -> Scan<'_> {
        Scan {
            ct: &self.ct,
            grey: self.grey,
        }
    }
}
