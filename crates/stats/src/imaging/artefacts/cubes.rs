//! Cubes of voxels that lie in one kind of matter.

use corelith_core::Volume;
use rayon::prelude::*;

use super::shading::{Shading, from_middle};

/// Half the side of a cube, without its middle: 5 x 5 x 5 voxels average the noise, and fit into
/// grains ten voxels wide.
pub(super) const REACH_VOX: usize = 2;

/// Least distance of cubes.
const STEP_VOX: usize = 4;

/// About as many cubes are looked at.
const CUBES: f64 = 60_000.0;

/// Difference between opposite sides of a cube that noise makes of one matter, in its standard
/// deviations along each axis: 95 in 100 of such cubes have less.
const EVEN: f64 = 2.8;

/// The share of the cubes that differ least tells the noise, as most may lie at borders; and what
/// that share of chi values with three degrees of freedom lies below.
const LEAST: f64 = 0.02;
const LEAST_OF_CHI_3: f64 = 0.430;

/// The cubes of a volume that show one kind of matter.
#[derive(Clone)]
pub(super) struct Cubes {
    /// Mean greys.
    pub greys: Vec<f64>,
    /// Where they lie ([`from_middle`]).
    pub places: Vec<[f64; 3]>,
    /// Which half of the volume they belong to: octants by turns, so that few particles are in both.
    pub halves: Vec<bool>,
    /// Standard deviation of the difference between opposite sides of a cube in one matter.
    pub noise: f64,
}

/// A cube of voxels.
pub(super) struct Cube {
    place: [usize; 3],
    pub mean: f64,
    /// Length of the differences between opposite sides.
    difference: f64,
}

impl Cubes {
    /// Those of a volume.
    pub fn of(volume: &Volume<u16>) -> Self {
        let shape = volume.shape();
        let step = (volume.len() as f64 / CUBES).cbrt().ceil() as usize;
        let step = step.max(STEP_VOX);
        let along = |axis: usize| {
            let end = shape[axis].saturating_sub(REACH_VOX);
            (REACH_VOX..end).step_by(step).collect::<Vec<_>>()
        };
        let [zs, ys, xs] = [0, 1, 2].map(along);
        let all: Vec<Cube> = zs
            .par_iter()
            .flat_map_iter(|&z| {
                let (ys, xs) = (&ys, &xs);
                ys.iter()
                    .flat_map(move |&y| xs.iter().filter_map(move |&x| cube(volume, [z, y, x])))
            })
            .collect();
        let mut differences: Vec<f64> = all.iter().map(|cube| cube.difference).collect();
        differences.sort_unstable_by(f64::total_cmp);
        let least = differences.get((LEAST * differences.len() as f64) as usize);
        let noise = least.map_or(0.0, |least| least / LEAST_OF_CHI_3);
        let even = || all.iter().filter(|cube| cube.is_even(noise));
        let place = |cube: &Cube| from_middle(cube.place.map(|p| p as f64), shape);
        let half = |cube: &Cube| {
            let beyond = (0..3).filter(|&axis| 2 * cube.place[axis] >= shape[axis]);
            beyond.count() % 2 == 1
        };
        Self {
            greys: even().map(|cube| cube.mean).collect(),
            places: even().map(place).collect(),
            halves: even().map(half).collect(),
            noise,
        }
    }

    /// The same without the shading of their volume, where it has one.
    pub fn unshaded(&self, shading: Option<&Shading>) -> Self {
        let mut unshaded = self.clone();
        if let Some(shading) = shading {
            for (grey, place) in unshaded.greys.iter_mut().zip(&self.places) {
                *grey = shading.unshaded(*place, *grey);
            }
        }
        unshaded
    }

    /// Their number.
    pub fn len(&self) -> usize {
        self.greys.len()
    }
}

impl Cube {
    /// Whether it shows one matter, by the noise of [`Cubes::noise`].
    pub fn is_even(&self, noise: f64) -> bool {
        self.difference <= EVEN * noise
    }
}

/// The cube about a voxel; none where voxels have no value, or the largest that there is.
pub(super) fn cube(volume: &Volume<u16>, [z, y, x]: [usize; 3]) -> Option<Cube> {
    const SIDE: usize = 2 * REACH_VOX + 1;
    let mut sum = 0;
    let mut sides = [0i64; 3];
    for dz in 0..SIDE {
        for dy in 0..SIDE {
            let first = volume.index(x - REACH_VOX, y + dy - REACH_VOX, z + dz - REACH_VOX);
            for (dx, &grey) in volume.data()[first..][..SIDE].iter().enumerate() {
                if grey == 0 || grey == u16::MAX {
                    return None;
                }
                sum += i64::from(grey);
                for (side, d) in sides.iter_mut().zip([dz, dy, dx]) {
                    *side += i64::from(grey) * (d as i64 - REACH_VOX as i64).signum();
                }
            }
        }
    }
    let of_a_side = (REACH_VOX * SIDE * SIDE) as f64;
    let squares = sides.iter().map(|&side| (side as f64 / of_a_side).powi(2));
    let difference = squares.sum::<f64>().sqrt();
    // Padding has one grey.
    (difference > 0.0).then_some(Cube {
        place: [z, y, x],
        mean: sum as f64 / SIDE.pow(3) as f64,
        difference,
    })
}
