use std::error::Error;

use corelith_core::{Silent, Volume, seed_of};
use corelith_gpu::Compute;
use corelith_phantom::{PhantomSettings, phantom};
use corelith_stats::imaging::separation::{block_means, expected_depth};
use corelith_unet::SegmentSettings;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A phantom as the separation sees it.
pub struct Sample {
    pub truth: Volume<u32>,
    pub mask: Volume<u8>,
    pub depth: Option<Volume<f32>>,
}

/// Phantoms of every kind for each seed, once with the mask that a threshold on the smoothed CT
/// gives, and once with a rough one.
pub fn samples(seeds: &[u64], with_depth: bool) -> Result<Vec<Sample>, Box<dyn Error>> {
    let network = corelith_unet::pretrained_particles()?;
    let mut samples = Vec::new();
    for &seed in seeds {
        for (kind, mut settings) in kinds() {
            settings.maps.training = 0;
            settings.maps.validation = 0;
            let made = phantom(&settings, seed_of(seed, kind), &Silent)?;
            let depth = match with_depth {
                false => None,
                true => Some(expected_depth(&corelith_unet::probabilities(
                    &block_means(&made.ct),
                    &network,
                    &SegmentSettings::default(),
                    &Compute::Cpu,
                    &Silent,
                )?)),
            };
            let darkest = settings
                .minerals
                .iter()
                .map(|mineral| mineral.ct_grey)
                .fold(f64::INFINITY, f64::min);
            let sound = mask(&made.ct, (settings.ct.resin_grey + darkest) / 2.0);
            for mask in [
                rough(&sound, seed_of(seed, &format!("rough {kind}"))),
                sound,
            ] {
                samples.push(Sample {
                    truth: made.particles.clone(),
                    mask,
                    depth: depth.clone(),
                });
            }
            eprintln!("{kind}, seed {seed}");
        }
    }
    Ok(samples)
}

/// Slag of every packing and size, and what the network never saw.
fn kinds() -> Vec<(&'static str, PhantomSettings)> {
    let (fine, coarse) = (PhantomSettings::slag_63_100, PhantomSettings::slag_100_250);
    let sized = |min_um: f64, max_um: f64, solid: f64, shape: [usize; 3]| {
        let mut settings = fine();
        settings.particles.diameter_min_um = min_um;
        settings.particles.diameter_max_um = max_um;
        settings.particles.solid_fraction = solid;
        settings.particles.separation = 0.95;
        settings.shape_vox = shape;
        settings
    };
    let shaped = |mut settings: PhantomSettings, shape: [usize; 3]| {
        settings.shape_vox = shape;
        settings
    };
    let (small, large) = ([80, 112, 112], [96, 144, 144]);
    let ore = |mut settings: PhantomSettings, greys: [f64; 4]| {
        settings.voxel_um = 4.0;
        for (mineral, grey) in settings.minerals.iter_mut().zip(greys) {
            mineral.ct_grey = grey;
        }
        settings.ct.resin_grey = 5_000.0;
        settings.ct.noise = 0.1;
        settings.shape_vox = small;
        settings
    };
    let needles = |mut settings: PhantomSettings| {
        settings.particles.elongation_max = 4.0;
        settings
    };
    vec![
        ("wide-dense", sized(25.0, 200.0, 0.72, large)),
        ("ore", ore(fine(), [15_000.0, 16_500.0, 40_000.0, 30_000.0])),
        ("fine-dense", shaped(fine().dense(), large)),
        ("wide-touching", sized(25.0, 200.0, 0.55, large)),
        ("coarse-dense", shaped(coarse().dense(), large)),
        (
            "ore-touching",
            ore(fine().touching(), [14_000.0, 30_000.0, 20_000.0, 45_000.0]),
        ),
        ("needles", needles(shaped(fine().touching(), large))),
        ("small-dense", sized(25.0, 50.0, 0.66, small)),
        ("fine-touching", shaped(fine().touching(), small)),
        ("coarse", shaped(coarse(), large)),
        ("fine", shaped(fine(), small)),
        (
            "wide-ore",
            ore(
                sized(40.0, 250.0, 0.6, small),
                [15_000.0, 20_000.0, 35_000.0, 30_000.0],
            ),
        ),
    ]
}

/// Mean over 3 x 3 x 3 voxels above the threshold.
fn mask(ct: &Volume<u16>, threshold: f64) -> Volume<u8> {
    let [nz, ny, nx] = ct.shape();
    let near = |i: usize, n: usize| i.saturating_sub(1)..(i + 2).min(n);
    Volume::from_fn(ct.shape(), ct.spacing(), |x, y, z| {
        let (mut sum, mut count) = (0.0, 0.0);
        for z in near(z, nz) {
            for y in near(y, ny) {
                for x in near(x, nx) {
                    sum += f64::from(ct.at(x, y, z));
                    count += 1.0;
                }
            }
        }
        u8::from(sum / count > threshold)
    })
}

/// A mask as a network leaves it that tells some minerals from resin badly: a share of the border
/// voxels flipped, in blocks of 2 x 2 x 2, and round holes.
fn rough(mask: &Volume<u8>, seed: u64) -> Volume<u8> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let share: f64 = rng.random_range(0.1..0.5);
    let [nz, ny, nx] = mask.shape();
    let flips: Volume<u8> = Volume::from_fn(
        mask.shape().map(|n| n.div_ceil(2)),
        mask.spacing(),
        |_, _, _| u8::from(rng.random_bool(share)),
    );
    let mut out = Volume::from_fn(mask.shape(), mask.spacing(), |x, y, z| {
        let here = mask.at(x, y, z);
        let near = |i: usize, n: usize| [i.saturating_sub(1), (i + 1).min(n - 1)];
        let is_border = near(x, nx).iter().any(|&x| mask.at(x, y, z) != here)
            || near(y, ny).iter().any(|&y| mask.at(x, y, z) != here)
            || near(z, nz).iter().any(|&z| mask.at(x, y, z) != here);
        here ^ u8::from(is_border && flips.at(x / 2, y / 2, z / 2) == 1)
    });
    let holes = (mask.len() as f64 / 750.0 * share) as usize;
    for _ in 0..holes {
        let radius: usize = rng.random_range(1..5);
        let [z0, y0, x0] = [nz, ny, nx].map(|n| rng.random_range(0..n));
        let reach = |at: usize, n: usize| at.saturating_sub(radius)..(at + radius + 1).min(n);
        for z in reach(z0, nz) {
            for y in reach(y0, ny) {
                for x in reach(x0, nx) {
                    let from = [x.abs_diff(x0), y.abs_diff(y0), z.abs_diff(z0)];
                    if from.iter().map(|d| d * d).sum::<usize>() <= radius * radius {
                        let at = out.index(x, y, z);
                        out.data_mut()[at] = 0;
                    }
                }
            }
        }
    }
    out
}
