use corelith_core::Progress;
use nalgebra::Vector3;
use rand::{Rng, RngExt};
use rayon::prelude::*;

use crate::PhantomError;
use crate::grid::Grid;
use crate::settings::PhantomSettings;

/// Rounds of pushing overlapping neighbours apart.
const ROUNDS: u64 = 80;

/// A sphere as large as the particle that takes its place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) centre_vox: Vector3<f64>,
    pub(crate) radius_vox: f64,
}

/// Places particles at random in the volume and a margin around it, then pushes overlapping
/// neighbours apart as soft spheres.
pub(crate) fn pack(
    settings: &PhantomSettings,
    rng: &mut impl Rng,
    progress: &dyn Progress,
) -> Result<Vec<Place>, PhantomError> {
    let p = &settings.particles;
    let largest = 0.5 * p.diameter_max_um / settings.voxel_um;
    let smallest = 0.5 * p.diameter_min_um / settings.voxel_um;
    let [nz, ny, nx] = settings.shape_vox;
    // Particles whose centre lies outside still reach in.
    let margin = 1.3 * largest;
    let low = Vector3::repeat(-margin);
    let high = Vector3::new(nx as f64, ny as f64, nz as f64).add_scalar(margin);

    let sphere = 4.0 / 3.0 * std::f64::consts::PI;
    let mut missing = p.solid_fraction * (high - low).product();
    let mut places = Vec::new();
    while missing > 0.0 {
        let radius_vox = radius(
            rng.random_range(smallest..=largest),
            smallest,
            largest,
            p.size_exponent,
        );
        places.push(Place {
            centre_vox: Vector3::from_fn(|i, _| rng.random_range(low[i]..high[i])),
            radius_vox,
        });
        missing -= sphere * radius_vox.powi(3);
    }
    if p.separation == 0.0 {
        return Ok(places);
    }

    progress.start("packing particles", ROUNDS);
    for _ in 0..ROUNDS {
        progress.check()?;
        let boxes: Vec<_> = places
            .iter()
            .map(|a| {
                let reach = p.separation * a.radius_vox;
                (
                    a.centre_vox.add_scalar(-reach),
                    a.centre_vox.add_scalar(reach),
                )
            })
            .collect();
        let grid = Grid::new(low, high, (2.0 * largest).max(4.0), &boxes);
        // All steps follow from the same positions, so threads can't change the result.
        let steps: Vec<Vector3<f64>> = places
            .par_iter()
            .enumerate()
            .map(|(i, a)| push(i, a, &places, &boxes[i], &grid, p.separation))
            .collect();
        for (place, step) in places.iter_mut().zip(&steps) {
            place.centre_vox = (place.centre_vox + step).sup(&low).inf(&high);
        }
        progress.advance(1);
    }
    progress.finish();
    Ok(places)
}

/// A radius whose number falls with that power, from one that was drawn evenly in the same range.
fn radius(even: f64, smallest: f64, largest: f64, exponent: f64) -> f64 {
    if exponent == 0.0 || smallest == largest {
        return even;
    }
    let share = (even - smallest) / (largest - smallest);
    let power = 1.0 - exponent;
    if power == 0.0 {
        return smallest * (largest / smallest).powf(share);
    }
    let (low, high) = (smallest.powf(power), largest.powf(power));
    (low + share * (high - low)).powf(1.0 / power)
}

/// Half of every overlap with a neighbour, away from it; shared among the neighbours.
fn push(
    i: usize,
    a: &Place,
    places: &[Place],
    (low, high): &(Vector3<f64>, Vector3<f64>),
    grid: &Grid,
    separation: f64,
) -> Vector3<f64> {
    let mut step = Vector3::zeros();
    grid.for_each_within(low, high, |j| {
        if j as usize == i {
            return;
        }
        let b = &places[j as usize];
        let apart = a.centre_vox - b.centre_vox;
        let distance = apart.norm();
        let overlap = separation * (a.radius_vox + b.radius_vox) - distance;
        if overlap > 0.0 && distance > 1e-9 {
            step += apart * (0.35 * overlap / distance);
        }
    });
    // Jammed particles would otherwise jump back and forth.
    let longest = 0.3 * a.radius_vox;
    if step.norm() > longest {
        step *= longest / step.norm();
    }
    step
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_particles_outnumber_large_ones_by_the_power() {
        for (exponent, below_the_middle) in [(0.0, 0.4444), (1.0, 0.6990), (3.0, 0.9697)] {
            // Diameters from 1 to 10: of each so many lie below 5.
            let drawn =
                (0..=100_000).map(|i| radius(1.0 + 9.0 * f64::from(i) / 1e5, 1.0, 10.0, exponent));
            let radii: Vec<f64> = drawn.collect();
            assert!(radii.iter().all(|r| (1.0 - 1e-9..10.0 + 1e-9).contains(r)));
            let below = radii.iter().filter(|r| **r < 5.0).count() as f64 / radii.len() as f64;
            assert!(
                (below - below_the_middle).abs() < 1e-3,
                "{exponent}: {below}"
            );
        }
    }
}
