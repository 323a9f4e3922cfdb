use corelith_core::Volume;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// Two basins that touch, by ascending number, and the height of the highest way between their
/// maxima across the contact.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Saddle {
    pub(super) basins: (u32, u32),
    pub(super) height: f32,
}

/// The contacts of basins, highest first; equal ones by basin.
pub(super) fn saddles(basin: &Volume<u32>, height: &Volume<f32>) -> Vec<Saddle> {
    type Heights = FxHashMap<(u32, u32), f32>;
    fn raise(heights: &mut Heights, basins: (u32, u32), height: f32) {
        let known = heights.entry(basins).or_insert(height);
        *known = known.max(height);
    }
    let [nz, ny, nx] = basin.shape();
    let (basin, height) = (basin.data(), height.data());
    let found = (0..nz)
        .into_par_iter()
        .fold(Heights::default, |mut found, z| {
            for y in 0..ny {
                let here = (z * ny + y) * nx;
                for (dy, dz) in [(0isize, 0usize), (1, 0), (-1, 1), (0, 1), (1, 1)] {
                    let Some(to) = y
                        .checked_add_signed(dy)
                        .filter(|&to| to < ny && z + dz < nz)
                    else {
                        continue;
                    };
                    let there = ((z + dz) * ny + to) * nx;
                    let shifts = if (dy, dz) == (0, 0) {
                        1..=1isize
                    } else {
                        -1..=1
                    };
                    for dx in shifts {
                        for x in 0..nx {
                            let Some(other) = x.checked_add_signed(dx).filter(|&o| o < nx) else {
                                continue;
                            };
                            let (a, b) = (here + x, there + other);
                            if basin[a] == basin[b] || basin[a] == 0 || basin[b] == 0 {
                                continue;
                            }
                            let basins = (basin[a].min(basin[b]), basin[a].max(basin[b]));
                            raise(&mut found, basins, height[a].min(height[b]));
                        }
                    }
                }
            }
            found
        })
        .reduce(Heights::default, |mut a, b| {
            #[expect(
                clippy::iter_over_hash_type,
                reason = "a maximum is the same in any order"
            )]
            for (basins, height) in b {
                raise(&mut a, basins, height);
            }
            a
        });
    let mut saddles: Vec<Saddle> = found
        .into_iter()
        .map(|(basins, height)| Saddle { basins, height })
        .collect();
    saddles.sort_unstable_by(|a, b| b.height.total_cmp(&a.height).then(a.basins.cmp(&b.basins)));
    saddles
}

#[cfg(test)]
mod tests {
    use corelith_core::Spacing;

    use super::*;

    #[test]
    fn the_highest_contact_counts() {
        let spacing = Spacing::isotropic(1.0);
        let basin = Volume::new(vec![1, 2, 0, 1, 2, 3], [1, 2, 3], spacing).unwrap();
        let height = Volume::new(vec![1.0, 2.0, 0.0, 5.0, 4.0, 3.0], [1, 2, 3], spacing).unwrap();
        let saddle = |a, b, height| Saddle {
            basins: (a, b),
            height,
        };
        assert_eq!(
            saddles(&basin, &height),
            [saddle(1, 2, 4.0), saddle(2, 3, 3.0)]
        );
    }
}
