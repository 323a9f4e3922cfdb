use corelith_core::Volume;
use rayon::prelude::*;

use crate::imaging::components::for_each_run;
use crate::imaging::convex_hull::{Hull, outer_centres, planar_hull};

/// A set of voxels, known by its size and its outermost voxels.
#[derive(Debug, Clone, Default)]
pub(super) struct Shape {
    voxels: u64,
    /// Voxel centres that hold all vertices of the convex hull.
    outer: Vec<[u32; 3]>,
    hull_volume: f64,
}

impl Shape {
    fn new(voxels: u64, centres: &[[u32; 3]]) -> Self {
        Self {
            voxels,
            outer: outer_centres(centres),
            // Without a hull nothing speaks against its being convex.
            hull_volume: Hull::of_voxels(centres).map_or(voxels as f64, |hull| hull.volume()),
        }
    }

    pub(super) fn voxels(&self) -> u64 {
        self.voxels
    }

    /// Both shapes as one.
    pub(super) fn union(&self, other: &Self) -> Self {
        let centres: Vec<[u32; 3]> = self.outer.iter().chain(&other.outer).copied().collect();
        Self::new(self.voxels + other.voxels, &centres)
    }

    /// Share of the convex hull that is filled, at most 1.
    pub(super) fn solidity(&self) -> f32 {
        (self.voxels as f64 / self.hull_volume).min(1.0) as f32
    }
}

/// What one slice shows of a label: its voxels there and the vertices of their hull.
type InSlice = (u32, u64, Vec<[u32; 2]>);

/// The shapes of labels `1..=count`.
pub(super) fn shapes(labels: &Volume<u32>, count: usize) -> Vec<Shape> {
    let [nz, ny, nx] = labels.shape();
    let slices: Vec<Vec<InSlice>> = (0..nz)
        .into_par_iter()
        .map(|z| {
            let mut runs: Vec<(u32, [u32; 2], u32)> = Vec::new();
            for (y, row) in labels.slice(z).chunks(nx.max(1)).take(ny).enumerate() {
                for_each_run(row, |label, start, end| {
                    runs.push((label, [start, y as u32], end));
                });
            }
            runs.sort_by_key(|&(label, ..)| label);
            runs.chunk_by(|a, b| a.0 == b.0)
                .map(|of_label| {
                    let mut ends = Vec::with_capacity(2 * of_label.len());
                    for &(_, [start, y], end) in of_label {
                        ends.push([start, y]);
                        if end - start > 1 {
                            ends.push([end - 1, y]);
                        }
                    }
                    let mut hull = Vec::new();
                    planar_hull(&ends, &mut hull);
                    let voxels = of_label.iter().map(|r| u64::from(r.2 - r.1[0])).sum();
                    (of_label[0].0, voxels, hull)
                })
                .collect()
        })
        .collect();
    let mut parts: Vec<(u64, Vec<[u32; 3]>)> = vec![(0, Vec::new()); count];
    for (z, slice) in slices.into_iter().enumerate() {
        for (label, voxels, hull) in slice {
            let part = &mut parts[label as usize - 1];
            part.0 += voxels;
            part.1.extend(hull.iter().map(|&[x, y]| [x, y, z as u32]));
        }
    }
    parts
        .into_par_iter()
        .map(|(voxels, centres)| Shape::new(voxels, &centres))
        .collect()
}

#[cfg(test)]
mod tests {
    use corelith_core::Spacing;

    use super::*;

    #[test]
    fn halves_of_a_box_fill_their_hull_and_an_angle_does_not() {
        let labels = Volume::from_fn([12, 30, 30], Spacing::isotropic(1.0), |x, y, _| {
            match (x < 15, y < 15) {
                (true, true) => 1,
                (false, true) => 2,
                (true, false) => 3,
                (false, false) => 0,
            }
        });
        let shapes = shapes(&labels, 3);
        let row = shapes[0].union(&shapes[1]);
        assert!(row.solidity() > 0.99);
        let angle = row.union(&shapes[2]);
        assert!((angle.solidity() - 6.0 / 7.0).abs() < 0.02);
    }
}
