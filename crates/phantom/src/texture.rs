use nalgebra::Vector3;
use rand::{Rng, RngExt};
use rand_distr::{Distribution, Exp1, Poisson};

use crate::noise::Field;
use crate::rotation::random_rotation;
use crate::settings::{Habit, MineralLook, PhantomSettings};
use crate::shape::Shape;

/// Points inside a particle at which thresholds are set so that shares come out as drawn.
const SHARE_SAMPLES: usize = 500;
/// Random points tried for each one wanted: a particle cut by many neighbours fills little of its
/// box.
const MOST_TRIALS: usize = 50;

/// A mineral wherever a noise field exceeds a threshold.
#[derive(Debug, Clone)]
struct Region {
    field: Field,
    threshold: f32,
    class: u8,
}

#[derive(Debug, Clone)]
struct Sphere {
    centre: Vector3<f32>,
    radius_squared: f32,
    class: u8,
}

/// Which mineral lies where in one particle.
#[derive(Debug, Clone)]
pub(crate) struct Texture {
    host: u8,
    /// Pores and specks; the first that holds a point wins.
    spheres: Vec<Sphere>,
    /// Bands, then blobs; the first that holds a point wins.
    regions: Vec<Region>,
}

/// Class of mineral `index` of the settings: the background is class 0.
fn class_of(index: usize) -> u8 {
    (index + 1) as u8
}

impl Texture {
    /// Draws the minerals of a particle of that shape, `volume_vox` large.
    pub(crate) fn random(
        settings: &PhantomSettings,
        shape: &Shape,
        volume_vox: f64,
        rng: &mut impl Rng,
    ) -> Self {
        let texture = &settings.texture;
        let with = |habit| {
            settings
                .minerals
                .iter()
                .enumerate()
                .filter(move |(_, m)| m.habit == habit)
        };
        let vox_from_um = |[low, high]: [f64; 2]| [low, high].map(|r| r / settings.voxel_um);
        let mut host = with(Habit::Host).next().map_or(1, |(i, _)| class_of(i));
        let mut spheres = Vec::new();
        let mut regions: Vec<Region> = Vec::new();

        let pores = texture.pores_per_1000_vox * volume_vox / 1000.0;
        let radii = vox_from_um(texture.pore_radius_um);
        scatter(&mut spheres, shape, pores, radii, 0, rng);

        if !texture.compositions.is_empty() {
            let drawn = rng.random_range(0..texture.compositions.len());
            let shares = &texture.compositions[drawn];
            return Self::composed(settings, shares, spheres, shape, rng);
        }
        let bands: Vec<_> = with(Habit::Bands).collect();
        let kind: f64 = rng.random();
        if !bands.is_empty() && kind < texture.liberated {
            host = class_of(bands[rng.random_range(0..bands.len())].0);
            return Self {
                host,
                spheres,
                regions,
            };
        }
        for (i, mineral) in with(Habit::Specks) {
            let count = mineral.share * volume_vox / 1000.0;
            let radii = vox_from_um(texture.speck_radius_um);
            scatter(&mut spheres, shape, count, radii, class_of(i), rng);
        }

        let mut grains = None;
        let mut free = inner_points(shape, rng);
        if kind >= texture.liberated + texture.barren {
            for &(i, mineral) in &bands {
                // u^(1/m - 1) lies in 0..1 and has the mean m.
                let share = match mineral.share {
                    m if m > 0.0 => rng.random::<f64>().powf(1.0 / m - 1.0),
                    _ => 0.0,
                };
                let field = field(settings, mineral, &mut grains, rng);
                take(&mut regions, &mut free, field, share, class_of(i));
            }
        }
        for (i, mineral) in with(Habit::Blobs).chain(with(Habit::Grains)) {
            let share = (mineral.share * rng.sample::<f64, _>(Exp1)).min(0.6);
            let field = field(settings, mineral, &mut grains, rng);
            take(&mut regions, &mut free, field, share, class_of(i));
        }
        Self {
            host,
            spheres,
            regions,
        }
    }

    /// Minerals with given shares of the particle, rare ones in regions of the common ones.
    fn composed(
        settings: &PhantomSettings,
        shares: &[f64],
        spheres: Vec<Sphere>,
        shape: &Shape,
        rng: &mut impl Rng,
    ) -> Self {
        let mut grains = None;
        let mut order: Vec<usize> = (0..shares.len()).collect();
        order.sort_by(|&a, &b| shares[a].total_cmp(&shares[b]));
        let host = order.pop().map_or(1, class_of);
        let mut regions = Vec::new();
        let mut free = inner_points(shape, rng);
        let mut rest: f64 = shares.iter().sum();
        for i in order.into_iter().filter(|&i| shares[i] > 0.0) {
            let field = field(settings, &settings.minerals[i], &mut grains, rng);
            take(
                &mut regions,
                &mut free,
                field,
                (shares[i] / rest).min(1.0),
                class_of(i),
            );
            rest -= shares[i];
        }
        Self {
            host,
            spheres,
            regions,
        }
    }

    /// Class at a point relative to the particle's centre; 0 in a pore.
    #[inline]
    pub(crate) fn class_at(&self, local: &Vector3<f32>) -> u8 {
        for sphere in &self.spheres {
            if (local - sphere.centre).norm_squared() < sphere.radius_squared {
                return sphere.class;
            }
        }
        for region in &self.regions {
            if region.field.at(local) > region.threshold {
                return region.class;
            }
        }
        self.host
    }
}

/// What a mineral's regions are the upper part of. All that lie in grains share the cells, which the
/// first of them draws.
fn field(
    settings: &PhantomSettings,
    mineral: &MineralLook,
    grains: &mut Option<Field>,
    rng: &mut impl Rng,
) -> Field {
    let texture = &settings.texture;
    let vox = |usual_um: f64| (mineral.scale_um.unwrap_or(usual_um) / settings.voxel_um) as f32;
    let (across_vox, anisotropy_max, raggedness) = match mineral.habit {
        Habit::Bands => (
            vox(texture.band_um),
            texture.band_anisotropy_max,
            texture.band_raggedness,
        ),
        _ => (vox(texture.blob_um), texture.blob_anisotropy_max, 0.0),
    };
    let mut drawn = || {
        (
            random_rotation(rng).cast::<f32>(),
            rng.random_range(1.0..=anisotropy_max) as f32,
            rng.random(),
        )
    };
    if mineral.habit == Habit::Grains {
        let cells = grains.get_or_insert_with(|| {
            let (rotation, anisotropy, seed) = drawn();
            Field::cells(&rotation, across_vox, anisotropy, seed)
        });
        return cells.clone();
    }
    let (rotation, anisotropy, seed) = drawn();
    Field::new(&rotation, across_vox, anisotropy, raggedness as f32, seed)
}

/// Adds a region that takes `share` of the free points, and leaves the rest in `free`.
fn take(
    regions: &mut Vec<Region>,
    free: &mut Vec<Vector3<f32>>,
    field: Field,
    share: f64,
    class: u8,
) {
    let mut values: Vec<f32> = free.iter().map(|p| field.at(p)).collect();
    let taken = (share * values.len() as f64).round() as usize;
    if taken == 0 || values.is_empty() {
        return;
    }
    let threshold = if taken >= values.len() {
        f32::NEG_INFINITY
    } else {
        let rank = values.len() - taken - 1;
        *values.select_nth_unstable_by(rank, f32::total_cmp).1
    };
    free.retain(|p| field.at(p) <= threshold);
    regions.push(Region {
        field,
        threshold,
        class,
    });
}

fn random_in_box(shape: &Shape, rng: &mut impl Rng) -> Vector3<f32> {
    Vector3::from_fn(|i, _| rng.random_range(shape.low[i]..shape.high[i]))
}

fn inner_points(shape: &Shape, rng: &mut impl Rng) -> Vec<Vector3<f32>> {
    let mut points = Vec::with_capacity(SHARE_SAMPLES);
    for _ in 0..MOST_TRIALS * SHARE_SAMPLES {
        let p = random_in_box(shape, rng);
        if shape.signed_distance(&p) < 0.0 {
            points.push(p);
            if points.len() == SHARE_SAMPLES {
                break;
            }
        }
    }
    points
}

/// Spheres at random points inside, `expected` of them on average.
fn scatter(
    spheres: &mut Vec<Sphere>,
    shape: &Shape,
    expected: f64,
    [smallest, largest]: [f64; 2],
    class: u8,
    rng: &mut impl Rng,
) {
    let Ok(count) = Poisson::new(expected) else {
        return;
    };
    let mut missing = count.sample(rng) as usize;
    for _ in 0..MOST_TRIALS * missing {
        if missing == 0 {
            break;
        }
        let centre = random_in_box(shape, rng);
        if shape.signed_distance(&centre) < -1.0 {
            let radius = rng.random_range(smallest..=largest) as f32;
            spheres.push(Sphere {
                centre,
                radius_squared: radius * radius,
                class,
            });
            missing -= 1;
        }
    }
}
