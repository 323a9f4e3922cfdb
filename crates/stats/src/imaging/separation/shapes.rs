use std::cell::OnceCell;

use rayon::prelude::*;

use crate::imaging::components::for_each_run;
use crate::imaging::convex_hull::{Hull, outer_centres, planar_hull};

/// A set of voxels, known by its size and its outermost voxels. Most sets are never asked for their
/// hull: it is made when they are.
#[derive(Debug, Clone, Default)]
pub(super) struct Shape {
    voxels: u64,
    /// Voxel centres that hold all vertices of the convex hull.
    centres: Vec<[u32; 3]>,
    /// Fewer of them that do.
    outer: OnceCell<Vec<[u32; 3]>>,
    hull_volume: OnceCell<f64>,
}

impl Shape {
    fn new(voxels: u64, centres: Vec<[u32; 3]>) -> Self {
        Self {
            voxels,
            centres,
            ..Self::default()
        }
    }

    pub(super) fn voxels(&self) -> u64 {
        self.voxels
    }

    fn outer(&self) -> &[[u32; 3]] {
        self.outer.get_or_init(|| outer_centres(&self.centres))
    }

    /// Both shapes as one.
    pub(super) fn union(&self, other: &Self) -> Self {
        let centres = [self.outer(), other.outer()].concat();
        Self::new(self.voxels + other.voxels, centres)
    }

    /// Share of the convex hull that is filled, at most 1.
    pub(super) fn solidity(&self) -> f32 {
        let hull_volume = self.hull_volume.get_or_init(|| {
            let hull = Hull::of_voxels(&self.centres);
            // Without a hull nothing speaks against its being convex.
            hull.map_or(self.voxels as f64, |hull| hull.volume())
        });
        (self.voxels as f64 / hull_volume).min(1.0) as f32
    }
}

/// What slices show of the labels in them: outlines from which the shapes are made.
#[derive(Clone, Default)]
pub(super) struct Outlines {
    /// Label, voxels, and number of vertices of each label in each slice.
    pieces: Vec<(u32, u64, usize)>,
    /// Vertices of the hulls of the pieces, one after the other.
    vertices: Vec<[u32; 3]>,
}

impl Outlines {
    /// Of some slices of `[ny, nx]`, numbered from `first` on.
    pub(super) fn of(labels: &[u32], first: usize, [ny, nx]: [usize; 2]) -> Self {
        let mut outlines = Self::default();
        let (mut runs, mut ends, mut hull) = (Vec::new(), Vec::new(), Vec::new());
        for (z, slice) in labels.chunks((ny * nx).max(1)).enumerate() {
            runs.clear();
            for (y, row) in slice.chunks(nx).enumerate() {
                for_each_run(row, |label, start, end| {
                    runs.push((label, [start, y as u32], end));
                });
            }
            runs.sort_by_key(|&(label, ..)| label);
            for of_label in runs.chunk_by(|a, b| a.0 == b.0) {
                ends.clear();
                for &(_, [start, y], end) in of_label {
                    ends.push([start, y]);
                    if end - start > 1 {
                        ends.push([end - 1, y]);
                    }
                }
                planar_hull(&ends, &mut hull);
                let voxels = of_label.iter().map(|r| u64::from(r.2 - r.1[0])).sum();
                outlines.pieces.push((of_label[0].0, voxels, hull.len()));
                let z = (first + z) as u32;
                let vertices = hull.iter().map(|&[x, y]| [x, y, z]);
                outlines.vertices.extend(vertices);
            }
        }
        outlines
    }

    /// The shapes of labels `1..=count` from the outlines of all slices, in order.
    pub(super) fn shapes(of_slabs: Vec<Self>, count: usize) -> Vec<Shape> {
        let mut voxels = vec![0; count];
        // Where the vertices of each label begin, and the end.
        let mut starts = vec![0; count + 1];
        for (label, in_piece, vertices) in of_slabs.iter().flat_map(|slab| &slab.pieces) {
            voxels[*label as usize - 1] += in_piece;
            starts[*label as usize] += vertices;
        }
        for i in 0..count {
            starts[i + 1] += starts[i];
        }
        let mut next = starts.clone();
        let mut vertices = vec![[0; 3]; starts[count]];
        for slab in of_slabs {
            let mut rest = slab.vertices.as_slice();
            for (label, _, in_piece) in slab.pieces {
                let (piece, after) = rest.split_at(in_piece);
                let at = &mut next[label as usize - 1];
                vertices[*at..*at + in_piece].copy_from_slice(piece);
                *at += in_piece;
                rest = after;
            }
        }
        (0..count)
            .into_par_iter()
            .map(|label| {
                let own = &vertices[starts[label]..starts[label + 1]];
                Shape::new(voxels[label], own.to_vec())
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use corelith_core::{Spacing, Volume};

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
        // In two slabs.
        let outlines = |first: usize, end: usize| {
            Outlines::of(&labels.data()[first * 900..end * 900], first, [30, 30])
        };
        let shapes = Outlines::shapes(vec![outlines(0, 5), outlines(5, 12)], 3);
        let row = shapes[0].union(&shapes[1]);
        assert!(row.solidity() > 0.99);
        let angle = row.union(&shapes[2]);
        assert!((angle.solidity() - 6.0 / 7.0).abs() < 0.02);
    }
}
