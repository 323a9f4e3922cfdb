use corelith_core::Volume;
use rayon::prelude::*;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Stands for the way up from a voxel that belongs to no basin.
const NONE: u32 = u32::MAX;

/// Voxels of a volume at most: their positions are kept in 32 bits.
pub(super) const MOST_VOXELS: usize = NONE as usize;

/// The highest voxel of a basin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Maximum {
    /// Its position in memory.
    pub(super) voxel: u32,
    pub(super) height: f32,
}

/// Splits the voxels with a height above 0 into basins: each voxel belongs to the maximum that
/// steepest ascent over its 26 neighbours leads to (the watershed of topographic distance,
/// Meyer 1994, with the sign turned).
///
/// Equal heights are ordered by position, so a plateau needs no care of its own; the maxima
/// that this leaves on one plateau have a saddle as high as themselves and are merged later.
///
/// Returns the basin of each voxel, from 1 in the order of their positions, 0 elsewhere,
/// and their maxima, that of basin 1 first.
pub(super) fn watershed(height: &Volume<f32>) -> (Volume<u32>, Vec<Maximum>) {
    let [nz, ny, nx] = height.shape();
    let data = height.data();
    let mut up = Volume::filled(height.shape(), height.spacing(), NONE);
    up.data_mut()
        .par_chunks_mut(nx.max(1))
        .enumerate()
        .for_each(|(row, up)| {
            let (y, z) = (row % ny, row / ny);
            let rows: Vec<usize> = (z.saturating_sub(1)..(z + 2).min(nz))
                .flat_map(|z| (y.saturating_sub(1)..(y + 2).min(ny)).map(move |y| z * ny + y))
                .collect();
            for (x, up) in up.iter_mut().enumerate() {
                let here = row * nx + x;
                if data[here] <= 0.0 {
                    continue;
                }
                let mut best = (data[here], here);
                for &row in &rows {
                    let start = row * nx;
                    let reach = start + x.saturating_sub(1)..start + (x + 2).min(nx);
                    for (at, &there) in reach.clone().zip(&data[reach]) {
                        if there > best.0 || (there == best.0 && at < best.1) {
                            best = (there, at);
                        }
                    }
                }
                *up = best.1 as u32;
            }
        });
    follow(up.data_mut());

    let maxima: Vec<Maximum> = up
        .data()
        .iter()
        .enumerate()
        .filter(|(at, top)| **top != NONE && **top as usize == *at)
        .map(|(at, &voxel)| Maximum {
            voxel,
            height: data[at],
        })
        .collect();
    up.data_mut().par_iter_mut().for_each(|top| {
        *top = match *top {
            NONE => 0,
            // They ascend by position, so their numbers can be looked up by bisection.
            top => maxima.partition_point(|maximum| maximum.voxel <= top) as u32,
        };
    });
    (up, maxima)
}

/// Replaces each pointer by the end of its chain.
///
/// Threads may meet on a chain: whatever they write leads to the same end.
fn follow(up: &mut [u32]) {
    let cells: &[AtomicU32] = as_atomic(up);
    cells.par_iter().for_each(|cell| {
        let mut top = cell.load(Relaxed);
        if top == NONE {
            return;
        }
        loop {
            let next = cells[top as usize].load(Relaxed);
            if next == top {
                break;
            }
            top = next;
        }
        cell.store(top, Relaxed);
    });
}

/// The same numbers, open to several threads.
fn as_atomic(values: &mut [u32]) -> &[AtomicU32] {
    // SAFETY: `AtomicU32` has the size, alignment and bit validity of `u32`, and the exclusive
    // borrow keeps everybody else away for as long as the atomics live.
    unsafe { &*(std::ptr::from_mut(values) as *const [AtomicU32]) }
}

#[cfg(test)]
mod tests {
    use corelith_core::Spacing;

    use super::*;

    #[test]
    fn two_maxima_and_a_plateau() {
        let heights = vec![1.0, 2.0, 1.0, 3.0, 3.0, 0.0, 0.5];
        let height = Volume::new(heights, [1, 1, 7], Spacing::isotropic(1.0)).unwrap();
        let (basin, maxima) = watershed(&height);
        assert_eq!(basin.data(), [1, 1, 2, 2, 2, 0, 3]);
        let found: Vec<(u32, f32)> = maxima.iter().map(|m| (m.voxel, m.height)).collect();
        assert_eq!(found, [(1, 2.0), (3, 3.0), (6, 0.5)]);
    }
}
