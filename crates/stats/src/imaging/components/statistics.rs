use corelith_core::{Table, Volume};
use rayon::prelude::*;

use super::for_each_set;
use super::moments::Moments;
use super::voxel::equal;

/// Bytes that the sums of all threads may take together.
const SUMS_BYTES: usize = 1 << 30;

/// What is known of one label of a label volume.
#[derive(Debug, Clone, PartialEq)]
pub struct Component {
    /// The label, from 1.
    pub id: u32,
    /// Voxels with this label; never 0.
    pub voxels: u64,
    /// Inclusive bounding box in voxels: lowest `(x, y, z)`, highest `(x, y, z)`.
    pub bounds_vox: [[u32; 3]; 2],
    /// Mean of `(x, y, z)` in voxels.
    pub centroid_vox: [f64; 3],
    /// Central second moments a voxel, in square voxels: xx, yy, zz, xy, xz, yz.
    pub covariance_vox2: [f64; 6],
    /// Whether a voxel lies on a face of the volume.
    pub touches_border: bool,
}

/// Size, place and spread of every label of `labels`, by ascending id; 0 is left out, and so are
/// ids that no voxel has.
///
/// The sums are integers, so the result does not depend on the number of threads.
pub fn statistics(labels: &Volume<u32>) -> Vec<Component> {
    let [nz, ny, nx] = labels.shape();
    if labels.is_empty() {
        return Vec::new();
    }
    let largest = labels.data().par_iter().max().map_or(0, |&id| id as usize);
    let sums_bytes = (largest + 1) * size_of::<Moments>();
    let chunks = rayon::current_num_threads()
        .min(SUMS_BYTES / sums_bytes)
        .max(1);
    let slices = nz.div_ceil(chunks);
    let sums = labels
        .data()
        .par_chunks(slices * ny * nx)
        .enumerate()
        .map(|(index, slab)| {
            let mut sums = vec![Moments::default(); largest + 1];
            for (row, voxels) in slab.chunks_exact(nx).enumerate() {
                let (y, z) = (row % ny, index * slices + row / ny);
                for_each_run(voxels, |id, start, end| {
                    sums[id as usize].add_run(start, end, y as u32, z as u32);
                });
            }
            sums
        })
        .reduce_with(|mut a, b| {
            for (a, b) in a.iter_mut().zip(&b) {
                a.merge(b);
            }
            a
        })
        .unwrap_or_default();
    found_components(sums.get(1..).unwrap_or_default(), labels.shape())
}

/// Of the sums of the labels from 1 on, those that have a voxel.
pub(super) fn found_components(sums: &[Moments], shape: [usize; 3]) -> Vec<Component> {
    sums.iter()
        .zip(1..)
        .filter(|(sums, _)| sums.voxels > 0)
        .map(|(sums, id)| Component {
            id,
            voxels: sums.voxels,
            bounds_vox: sums.bounds_vox,
            centroid_vox: sums.centroid_vox(),
            covariance_vox2: sums.covariance_vox2(),
            touches_border: sums.touches_border(shape),
        })
        .collect()
}

/// Calls `visit(id, start, end)` for each stretch of one label other than 0 in a row.
#[inline]
pub(crate) fn for_each_run(row: &[u32], mut visit: impl FnMut(u32, u32, u32)) {
    let (mut id, mut start) = (0, 0);
    for first in (0..row.len()).step_by(64) {
        let changed = !equal(row, first as isize, row, first as isize - 1);
        for_each_set(changed, |bit| {
            let x = first as u32 + bit;
            if id != 0 {
                visit(id, start, x);
            }
            (id, start) = (row.get(x as usize).copied().unwrap_or_default(), x);
        });
    }
    if id != 0 {
        visit(id, start, row.len() as u32);
    }
}

/// The components as a table, one row each: `id, voxels, x_min_vox .. z_max_vox,
/// centroid_x_vox .. centroid_z_vox, covariance_xx_vox2 .. covariance_yz_vox2, touches_border`.
pub fn component_table(components: &[Component]) -> Table {
    use corelith_core::Values::{Bool, F64, U64};
    const AXES: [&str; 3] = ["x", "y", "z"];
    const PAIRS: [&str; 6] = ["xx", "yy", "zz", "xy", "xz", "yz"];
    let counts = |value: &dyn Fn(&Component) -> u64| U64(components.iter().map(value).collect());
    let numbers = |value: &dyn Fn(&Component) -> f64| F64(components.iter().map(value).collect());
    let mut table = Table::new();
    table.push("id", counts(&|c| u64::from(c.id)));
    table.push("voxels", counts(&|c| c.voxels));
    for (end, name) in ["min", "max"].into_iter().enumerate() {
        for (axis, letter) in AXES.into_iter().enumerate() {
            table.push(
                format!("{letter}_{name}_vox"),
                counts(&|c| u64::from(c.bounds_vox[end][axis])),
            );
        }
    }
    for (axis, letter) in AXES.into_iter().enumerate() {
        table.push(
            format!("centroid_{letter}_vox"),
            numbers(&|c| c.centroid_vox[axis]),
        );
    }
    for (index, pair) in PAIRS.into_iter().enumerate() {
        table.push(
            format!("covariance_{pair}_vox2"),
            numbers(&|c| c.covariance_vox2[index]),
        );
    }
    table.push(
        "touches_border",
        Bool(components.iter().map(|c| c.touches_border).collect()),
    );
    table
}

#[cfg(test)]
mod tests {
    use corelith_core::Spacing;

    use super::*;

    #[test]
    fn two_labels() {
        let mut labels = Volume::filled([3, 4, 5], Spacing::isotropic(1.0), 0);
        for (x, y, z, id) in [(1, 1, 1, 1), (2, 1, 1, 1), (4, 3, 2, 3)] {
            let at = labels.index(x, y, z);
            labels.data_mut()[at] = id;
        }
        let found = statistics(&labels);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].id, found[0].voxels), (1, 2));
        assert_eq!(found[0].centroid_vox, [1.5, 1.0, 1.0]);
        assert_eq!(found[0].bounds_vox, [[1, 1, 1], [2, 1, 1]]);
        assert!(!found[0].touches_border);
        assert_eq!(found[1].id, 3);
        assert!(found[1].touches_border);
        let table = component_table(&found);
        assert_eq!(table.rows(), 2);
        assert!(table.column("covariance_yz_vox2").is_some());
    }

    #[test]
    fn runs_end_where_the_label_changes() {
        let mut row = vec![0u32; 150];
        row[0] = 4;
        row[60..130].fill(7);
        row[128..140].fill(2);
        row[149] = 9;
        let mut found = Vec::new();
        for_each_run(&row, |id, start, end| found.push((id, start, end)));
        let expected = [(4, 0, 1), (7, 60, 128), (2, 128, 140), (9, 149, 150)];
        assert_eq!(found, expected);
        found.clear();
        for_each_run(&[3; 128], |id, start, end| found.push((id, start, end)));
        assert_eq!(found, [(3, 0, 128)]);
    }

    #[test]
    fn nothing_labelled() {
        assert!(statistics(&Volume::filled([2, 2, 2], Spacing::isotropic(1.0), 0)).is_empty());
        assert!(statistics(&Volume::filled([0, 2, 2], Spacing::isotropic(1.0), 0)).is_empty());
    }
}
