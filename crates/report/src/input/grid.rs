use std::io::Write as _;

use corelith_core::Volume;
use corelith_stats::Particle;
use flate2::Compression;
use flate2::write::ZlibEncoder;

/// Voxels along the longest side of a grid at most.
const LONGEST: usize = 64;

/// The labels of one particle, coarse enough for a page to hold hundreds.
#[derive(Debug, Clone, PartialEq)]
pub struct ParticleGrid {
    /// Label in the particle volume.
    pub id: u32,
    /// Voxels along x, y and z.
    pub size: [usize; 3],
    /// Distance between voxels along x, y and z.
    pub voxel_um: [f64; 3],
    /// A byte a voxel, x fastest: 0 outside the particle, else the row of the mineral list plus 1.
    /// Deflated (zlib, RFC 1950).
    pub labels: Vec<u8>,
}

impl ParticleGrid {
    /// Cuts a particle out. Where voxels are merged, at least half of them must be the particle's,
    /// and the commonest class counts; the lowest of those equally common.
    pub fn of(phases: &Volume<u8>, particles: &Volume<u32>, particle: &Particle) -> Self {
        let [low, high] = particle.bounds_vox.map(|p| p.map(|c| c as usize));
        let whole: [usize; 3] = std::array::from_fn(|axis| high[axis] - low[axis] + 1);
        let longest = whole.into_iter().fold(LONGEST, usize::max);
        let size = whole.map(|n| (n * LONGEST).div_ceil(longest));
        let span = |axis: usize, i: usize| {
            let end = |i: usize| low[axis] + i * whole[axis] / size[axis];
            end(i)..end(i + 1)
        };
        let mut labels = Vec::with_capacity(size.iter().product());
        let mut counts = vec![0usize; particle.mineral_voxels.len()];
        for k in 0..size[2] {
            for j in 0..size[1] {
                for i in 0..size[0] {
                    counts.fill(0);
                    let mut all = 0;
                    for z in span(2, k) {
                        for y in span(1, j) {
                            for x in span(0, i) {
                                all += 1;
                                if particles.at(x, y, z) == particle.id {
                                    counts[usize::from(phases.at(x, y, z))] += 1;
                                }
                            }
                        }
                    }
                    labels.push(commonest(&counts, all));
                }
            }
        }
        let spacing = particles.spacing();
        let spacing = [spacing.x_um, spacing.y_um, spacing.z_um];
        Self {
            id: particle.id,
            size,
            voxel_um: std::array::from_fn(|axis| {
                spacing[axis] * whole[axis] as f64 / size[axis] as f64
            }),
            labels: deflated(&labels),
        }
    }
}

/// Label of merged voxels, `all` of them, from how many the particle has of each class.
fn commonest(counts: &[usize], all: usize) -> u8 {
    let inside: usize = counts.iter().sum();
    let most = counts.iter().copied().max().unwrap_or(0);
    let class = counts.iter().position(|&n| n == most);
    match class {
        Some(class) if 2 * inside >= all => class as u8 + 1,
        _ => 0,
    }
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    // Memory takes every write.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use corelith_core::Spacing;

    use super::*;

    fn inflated(packed: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        flate2::read::ZlibDecoder::new(packed)
            .read_to_end(&mut bytes)
            .unwrap();
        bytes
    }

    /// A box from (1, 1, 1), its classes changing at half its length, with a neighbour in it.
    fn grid_of_box(length: usize) -> ParticleGrid {
        let spacing = Spacing {
            x_um: 1.0,
            y_um: 2.0,
            z_um: 3.0,
        };
        let shape = [4, 4, length + 2];
        let labels = Volume::from_fn(shape, spacing, |x, y, z| {
            let inside = |c: usize, n: usize| (1..=n).contains(&c);
            match inside(x, length) && inside(y, 2) && inside(z, 2) {
                true if (x, y, z) == (1, 1, 1) => 8,
                true => 7,
                false => 0,
            }
        });
        let phases = Volume::from_fn(shape, spacing, |x, _, _| 1 + u8::from(x > length / 2));
        let particle = Particle {
            id: 7,
            bounds_vox: [[1, 1, 1], [length as u32, 2, 2]],
            ..crate::input::particle_grids::tests::particle(7, 1, false)
        };
        ParticleGrid::of(&phases, &labels, &particle)
    }

    #[test]
    fn a_small_particle_keeps_its_voxels_and_no_neighbour() {
        let grid = grid_of_box(6);
        assert_eq!((grid.size, grid.voxel_um), ([6, 2, 2], [1.0, 2.0, 3.0]));
        let rows: Vec<Vec<u8>> = inflated(&grid.labels)
            .chunks(6)
            .map(<[u8]>::to_vec)
            .collect();
        assert_eq!(rows[0], [0, 2, 2, 3, 3, 3]);
        assert!(rows[1..].iter().all(|row| row == &[2, 2, 2, 3, 3, 3]));
    }

    #[test]
    fn a_large_particle_keeps_its_size_in_fewer_voxels() {
        let grid = grid_of_box(2 * LONGEST);
        assert_eq!(grid.size, [LONGEST, 1, 1]);
        assert_eq!(grid.voxel_um, [2.0, 4.0, 6.0]);
        let labels = inflated(&grid.labels);
        let half = LONGEST / 2;
        assert!(labels[..half].iter().all(|&label| label == 2));
        assert!(labels[half..].iter().all(|&label| label == 3));
    }

    #[test]
    fn merged_voxels_take_the_commonest_class() {
        assert_eq!(commonest(&[0, 3, 4], 8), 3);
        assert_eq!(commonest(&[0, 2, 2], 8), 2, "the lowest of equals");
        assert_eq!(commonest(&[0, 1, 2], 8), 0, "mostly outside");
        assert_eq!(commonest(&[1, 0, 0], 1), 1, "pores are the particle's");
    }

    #[test]
    fn deflated_bytes_are_zlib() {
        let bytes: Vec<u8> = (0..1000).map(|i| (i / 100) as u8).collect();
        let packed = deflated(&bytes);
        assert!(packed.len() < 100);
        assert_eq!(inflated(&packed), bytes);
    }
}
