//! Size, shape and composition of every particle.
//!
//! One pass over the volume adds up what every voxel and every pair of nearby voxels tells about
//! its own particle, so touching neighbours do not change each other's values; then each
//! particle is worked out by itself.
//!
#![doc = include_str!("accuracy.md")]

mod directions;
mod error;
mod keys;
mod particle;
mod slab;
mod slices;
mod sums;
mod table;
mod tallies;

use corelith_core::{Minerals, Progress, Volume, settings};
use nalgebra::{Matrix3, Vector3};
use rayon::prelude::*;

use crate::imaging::components::Moments;
use crate::imaging::convex_hull::Hull;

pub use error::MeasureError;
pub use particle::Particle;
pub use slices::Slices;
pub use sums::Sums;
pub use table::particle_table;

settings! {
    /// How particles are measured.
    pub struct Settings {
        /// Whether particles are weighted for the chance that the edge of the volume cuts them
        /// (Miles and Lantuejoul). Without it every particle weighs 1, cut ones included.
        pub edge_correction: bool = true;
    }
}

/// Measures every particle of `particles` (0 = none, ids from 1) whose minerals are `phases`,
/// rows of `minerals`; both volumes are `[z, y, x]` of one shape. Micrometres come from the
/// spacing of `particles`.
///
/// Particles come by ascending id; ids that no voxel has are left out.
///
/// - **Surface**: crossings of the surface are counted along 37 lattice directions, between
///   voxels one step and two steps apart, and weighted for direction. `2 f(1) - f(2)`
///   of the two counts takes away what edges and corners cut off, which is proportional to the
///   step: the count is the covariogram, whose slope at 0 is the surface (Matheron 1975).
///   Errors from 20 voxels across stay below 2 % for balls, ellipsoids and cubes in every
///   rotation. Marching cubes needs smoothing against its 8 % excess, and smoothing rounds
///   edges off. No surface is smaller than that of the ball of the same volume.
/// - **Feret diameters, solidity**: from the convex hull of the voxels' face centres.
/// - **Minerals at the surface**: crossings from a voxel of the mineral to background; minerals
///   against each other inside the particle by the same weights.
///
/// # Errors
/// When the shapes differ, when a phase is not a row of `minerals`, when ids lie far above the
/// number of voxels, or when the user asked to stop.
pub fn measure(
    particles: &Volume<u32>,
    phases: &Volume<u8>,
    minerals: &Minerals,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<Vec<Particle>, MeasureError> {
    let all = Slices::all(particles, phases);
    let sums = Sums::of(all, 0..all.of, minerals.len(), progress)?;
    measure_sums(&sums, settings, progress)
}

/// Measures every particle as [`measure`] does, by what its voxels add up to.
///
/// # Errors
/// When the user asked to stop.
pub fn measure_sums(
    sums: &Sums,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<Vec<Particle>, MeasureError> {
    progress.start("measuring particles", sums.len() as u64);
    let measured = (0..sums.len())
        .into_par_iter()
        .filter(|&slot| sums.moments(slot).voxels > 0)
        .map(|slot| {
            progress.check()?;
            let particle = particle(sums, slot, settings);
            progress.advance(1);
            Ok(particle)
        })
        .collect();
    progress.finish();
    measured
}

/// Works out one particle from its sums.
fn particle(sums: &Sums, slot: usize, settings: &Settings) -> Particle {
    let (shape, spacing) = (sums.shape(), sums.spacing());
    let moments = sums.moments(slot);
    let step_um = Vector3::new(spacing.x_um, spacing.y_um, spacing.z_um);
    let volume_um3 = moments.voxels as f64 * spacing.voxel_um3();
    let equivalent_diameter_um = (6.0 * volume_um3 / std::f64::consts::PI).cbrt();
    let ball_um2 = std::f64::consts::PI * equivalent_diameter_um.powi(2);
    let surface_um2 = sums.surface_um2(slot).max(ball_um2);

    let id = sums.id(slot);
    let hull = Hull::of_voxels(sums.hull_points(slot)).unwrap_or_else(|| {
        tracing::warn!("particle {id} has no convex hull: its bounding box stands in");
        Hull::of_box(moments.bounds_vox)
    });
    let hull = hull.scaled(step_um);
    let axes_um = principal_axes_um(moments, step_um);

    let touches_border = moments.touches_border(shape);
    Particle {
        id,
        centroid_um: Vector3::from(moments.centroid_vox())
            .component_mul(&step_um)
            .into(),
        bounds_vox: moments.bounds_vox,
        voxels: moments.voxels,
        volume_um3,
        equivalent_diameter_um,
        surface_um2,
        sphericity: ball_um2 / surface_um2,
        feret_max_um: hull.feret_max(),
        feret_min_um: hull.feret_min(),
        elongation: axes_um[1] / axes_um[0],
        flatness: axes_um[2] / axes_um[1],
        solidity: (volume_um3 / hull.volume()).min(1.0),
        touches_border,
        doubtful: false,
        edge_weight: if settings.edge_correction {
            edge_weight(moments, shape)
        } else {
            1.0
        },
        mineral_voxels: sums.class_voxels(slot).to_vec(),
        mineral_surface_um2: sums.exposed_um2(slot, surface_um2),
        interface_um2: sums.interface_um2(slot),
    }
}

/// Standard deviations along the principal axes, longest first, each voxel counted as a box.
fn principal_axes_um(moments: &Moments, step_um: Vector3<f64>) -> [f64; 3] {
    let [xx, yy, zz, xy, xz, yz] = moments.covariance_vox2();
    let covariance = Matrix3::new(xx, xy, xz, xy, yy, yz, xz, yz, zz)
        + Matrix3::from_diagonal_element(1.0 / 12.0);
    let scale = Matrix3::from_diagonal(&step_um);
    let mut variances: [f64; 3] = (scale * covariance * scale).symmetric_eigenvalues().into();
    variances.sort_unstable_by(|a, b| b.total_cmp(a));
    variances.map(|variance| variance.max(0.0).sqrt())
}

/// One over the probability that a particle of this bounding box, thrown anywhere, touches no
/// face of the volume (Miles 1974, Lantuejoul 1980; Serra, Image Analysis and Mathematical
/// Morphology, 1982, ch. VIII); 0 for one that touches.
///
/// Along an axis of N voxels a box of n has N places, of which N - n - 1 keep clear of the
/// first and the last voxel.
fn edge_weight(moments: &Moments, [nz, ny, nx]: [usize; 3]) -> f64 {
    if moments.touches_border([nz, ny, nx]) {
        return 0.0;
    }
    let [low, high] = moments.bounds_vox;
    [nx, ny, nz]
        .into_iter()
        .enumerate()
        .map(|(axis, places)| {
            let extent = f64::from(high[axis] - low[axis] + 1);
            places as f64 / (places as f64 - extent - 1.0)
        })
        .product()
}

#[cfg(test)]
mod tests;
