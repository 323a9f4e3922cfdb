use nalgebra::Vector3;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::grid::Grid;
use crate::packing::Place;
use crate::settings::PhantomSettings;
use crate::shape::Shape;

/// Points at which the solid fraction is measured while it is set.
const FRACTION_SAMPLES: usize = 20_000;
/// Width of the cells that find the particles near a point, voxels.
const CELL_VOX: f64 = 16.0;

/// Box of the volume with what maps may see around it.
pub(crate) fn grid_of<'a>(
    settings: &PhantomSettings,
    bodies: impl Iterator<Item = (&'a Vector3<f64>, &'a Shape)>,
) -> Grid {
    let [nz, ny, nx] = settings.shape_vox;
    let margin = settings.particles.diameter_max_um / settings.voxel_um;
    let boxes: Vec<_> = bodies
        .map(|(centre, shape)| bounds(centre, shape))
        .collect();
    Grid::new(
        Vector3::repeat(-margin),
        Vector3::new(nx as f64, ny as f64, nz as f64).add_scalar(margin),
        CELL_VOX,
        &boxes,
    )
}

/// Scales all particles alike until they fill the wanted share of the volume; the factor.
pub(crate) fn grow_to_fraction(
    settings: &PhantomSettings,
    places: &[Place],
    shapes: &mut [(Shape, ChaCha8Rng)],
    rng: &mut ChaCha8Rng,
) -> f64 {
    let [nz, ny, nx] = settings.shape_vox.map(|n| n as f64);
    let points: Vec<Vector3<f64>> = (0..FRACTION_SAMPLES)
        .map(|_| {
            Vector3::new(
                rng.random_range(-0.5..nx - 0.5),
                rng.random_range(-0.5..ny - 0.5),
                rng.random_range(-0.5..nz - 0.5),
            )
        })
        .collect();
    let wanted = settings.particles.solid_fraction;
    let mut growth = 1.0;
    for _ in 0..10 {
        touch_neighbours(settings, places, shapes, growth);
        let bodies = places
            .iter()
            .zip(shapes.iter())
            .map(|(p, (s, _))| (&p.centre_vox, s));
        let grid = grid_of(settings, bodies);
        let shapes_now = &*shapes;
        let solid = points
            .par_iter()
            .filter(|point| {
                grid.at(point).iter().any(|&i| {
                    let local = (**point - places[i as usize].centre_vox).cast::<f32>();
                    shapes_now[i as usize].0.signed_distance(&local) < 0.0
                })
            })
            .count();
        let found = solid as f64 / FRACTION_SAMPLES as f64;
        if (found / wanted - 1.0).abs() < 0.004 {
            break;
        }
        let factor = if found > 0.0 {
            (wanted / found).cbrt().clamp(0.9, 1.12)
        } else {
            1.12
        };
        growth *= factor;
        for (shape, _) in shapes.iter_mut() {
            shape.scale(factor as f32);
        }
    }
    touch_neighbours(settings, places, shapes, growth);
    growth
}

/// Cuts neighbours that grew into each other along the radical plane of their equal-volume
/// spheres (the faces of a Laguerre tessellation), so that both stay convex and touch.
fn touch_neighbours(
    settings: &PhantomSettings,
    places: &[Place],
    shapes: &mut [(Shape, ChaCha8Rng)],
    growth: f64,
) {
    let boxes: Vec<_> = places
        .iter()
        .zip(shapes.iter())
        .map(|(p, (s, _))| bounds(&p.centre_vox, s))
        .collect();
    let grid = grid_of(
        settings,
        places
            .iter()
            .zip(shapes.iter())
            .map(|(p, (s, _))| (&p.centre_vox, s)),
    );
    // Both reach this far beyond the plane, so that rough faces leave no gap.
    let reach = settings.particles.roughness_vox + settings.particles.rounding_vox;
    shapes
        .par_iter_mut()
        .enumerate()
        .for_each(|(i, (shape, _))| {
            let here = &places[i];
            let mut planes = Vec::new();
            grid.for_each_within(&boxes[i].0, &boxes[i].1, |j| {
                let there = &places[j as usize];
                let apart = there.centre_vox - here.centre_vox;
                let distance = apart.norm();
                if distance < 1e-9 {
                    return;
                }
                let spheres = growth.powi(2) * (here.radius_vox.powi(2) - there.radius_vox.powi(2));
                let plane = 0.5 * (distance + spheres / distance);
                planes.push(((apart / distance).cast::<f32>(), (plane + reach) as f32));
            });
            planes.sort_by(|a, b| a.1.total_cmp(&b.1));
            shape.touch(planes.into_iter());
        });
}

fn bounds(centre_vox: &Vector3<f64>, shape: &Shape) -> (Vector3<f64>, Vector3<f64>) {
    (
        centre_vox + shape.low.cast::<f64>(),
        centre_vox + shape.high.cast::<f64>(),
    )
}
