//! Labels of voxels, from the pixels of the mineral maps that lie in them.

use std::collections::BTreeMap;

use corelith_core::{PlacedMap, UNMEASURED};

use crate::UnetError;

/// Labels of the voxels that a plane passes through.
#[derive(Debug, Clone, Default)]
pub(crate) struct SparseLabels {
    /// `[z, y, x]` of every labelled voxel.
    pub voxels: Vec<[u32; 3]>,
    /// Trust in the label, 0 to 1: how much of the voxel's section the map covers.
    pub weights: Vec<f32>,
    /// Shares of the classes, `classes` a voxel, summing to 1.
    pub shares: Vec<f32>,
    /// Number of classes.
    pub classes: usize,
}

impl SparseLabels {
    /// Shares of the classes in labelled voxel `i`.
    pub fn shares_of(&self, i: usize) -> &[f32] {
        &self.shares[i * self.classes..][..self.classes]
    }

    /// The class with the largest share in labelled voxel `i`.
    pub fn class_of(&self, i: usize) -> usize {
        let shares = self.shares_of(i);
        (0..shares.len()).fold(0, |best, c| if shares[c] > shares[best] { c } else { best })
    }

    /// No labels of so many classes.
    pub fn none(classes: usize) -> Self {
        Self {
            classes,
            ..Self::default()
        }
    }

    /// Weighted number of voxels of every class.
    pub fn totals(&self) -> Vec<f64> {
        let mut totals = vec![0.0; self.classes];
        for (i, &weight) in self.weights.iter().enumerate() {
            for (total, &share) in totals.iter_mut().zip(self.shares_of(i)) {
                *total += f64::from(weight * share);
            }
        }
        totals
    }

    /// The labels of the voxels that `wanted` takes, and the others.
    pub fn partition(&self, wanted: impl Fn(&[u32; 3]) -> bool) -> (Self, Self) {
        let (mut taken, mut left) = (Self::none(self.classes), Self::none(self.classes));
        for (i, voxel) in self.voxels.iter().enumerate() {
            let into = if wanted(voxel) { &mut taken } else { &mut left };
            into.push(*voxel, self.weights[i], self.shares_of(i));
        }
        (taken, left)
    }

    /// Takes others too.
    pub fn append(&mut self, others: &Self) {
        self.voxels.extend_from_slice(&others.voxels);
        self.weights.extend_from_slice(&others.weights);
        self.shares.extend_from_slice(&others.shares);
    }

    pub fn push(&mut self, voxel: [u32; 3], weight: f32, shares: &[f32]) {
        self.voxels.push(voxel);
        self.weights.push(weight);
        self.shares.extend_from_slice(shares);
    }
}

/// The labels of every map, in order. A volume of `shape` voxels; voxels that a map hardly covers
/// have none. Of `classes`, those with the numbers `told`, ascending, are numbered anew; the maps hold no other.
///
/// # Errors
/// When no pixel lies in the volume, when a map holds a class that does not exist, or coordinates
/// of another size.
pub(crate) fn gather_all(
    maps: &[PlacedMap],
    shape: [usize; 3],
    classes: usize,
    told: &[u8],
) -> Result<Vec<SparseLabels>, UnetError> {
    let mut all = Vec::with_capacity(maps.len());
    for map in maps {
        let voxels = gather(map, shape, classes, told)?;
        let mut covers: Vec<f32> = voxels.values().map(|s| s.iter().sum()).collect();
        covers.sort_by(f32::total_cmp);
        let usual = covers.get(covers.len() / 2).copied().unwrap_or(1.0);
        let mut labels = SparseLabels::none(told.len());
        for (voxel, mut shares) in voxels {
            let cover: f32 = shares.iter().sum();
            if cover < 0.05 * usual {
                continue;
            }
            for share in &mut shares {
                *share /= cover;
            }
            labels.push(voxel, (2.0 * cover / usual).min(1.0), &shares);
        }
        all.push(labels);
    }
    if all.iter().all(|labels| labels.voxels.is_empty()) {
        let maps: Vec<&str> = maps.iter().map(|map| map.name.as_str()).collect();
        return Err(UnetError::NoLabels {
            maps: maps.join(", "),
            shape,
        });
    }
    Ok(all)
}

/// Weights of the classes in every voxel that a plane passes through.
fn gather(
    plane: &PlacedMap,
    shape: [usize; 3],
    classes: usize,
    told: &[u8],
) -> Result<BTreeMap<[u32; 3], Vec<f32>>, UnetError> {
    let map = &plane.classes;
    for coords in &plane.coords_vox {
        if (coords.rows(), coords.cols()) != (map.rows(), map.cols()) {
            return Err(UnetError::Coordinates {
                map: plane.name.clone(),
                rows: map.rows(),
                cols: map.cols(),
                found_rows: coords.rows(),
                found_cols: coords.cols(),
            });
        }
    }
    let mut voxels: BTreeMap<[u32; 3], Vec<f32>> = BTreeMap::new();
    for row in 0..map.rows() {
        for col in 0..map.cols() {
            let class = map.at(col, row);
            if class == UNMEASURED {
                continue;
            }
            let Ok(number) = told.binary_search(&class) else {
                return Err(UnetError::Class {
                    map: plane.name.clone(),
                    found: class,
                    col,
                    row,
                    classes,
                });
            };
            let [x, y, z] = plane.coords_vox.each_ref().map(|c| c.at(col, row));
            let mut voxel = [0; 3];
            let mut near = 1.0;
            let inside = [z, y, x]
                .iter()
                .zip(shape)
                .zip(&mut voxel)
                .all(|((&p, n), v)| {
                    let centre = p.round();
                    near *= 1.0 - (p - centre).abs();
                    *v = centre.max(0.0) as u32;
                    centre >= 0.0 && centre < n as f32
                });
            if inside {
                let shares = voxels.entry(voxel).or_insert_with(|| vec![0.0; told.len()]);
                shares[number] += near;
            }
        }
    }
    Ok(voxels)
}

#[cfg(test)]
mod tests {
    use corelith_core::Raster;

    use super::*;

    fn map_at(z: f32, classes: Raster<u8>) -> PlacedMap {
        let (rows, cols) = (classes.rows(), classes.cols());
        PlacedMap {
            name: "map".to_owned(),
            coords_vox: [
                Raster::from_fn(rows, cols, |col, _| 0.5 * col as f32),
                Raster::from_fn(rows, cols, |_, row| 0.5 * row as f32),
                Raster::filled(rows, cols, z),
            ],
            classes,
            pixel_um: 1.0,
        }
    }

    #[test]
    fn pixels_become_shares_of_voxels() {
        let classes = Raster::from_fn(40, 40, |col, _| u8::from(col >= 20));
        let plane = map_at(3.2, classes);
        let labels = &gather_all(&[plane], [8, 64, 64], 2, &[0, 1]).unwrap()[0];
        assert!(labels.voxels.iter().all(|v| v[0] == 3));
        for (i, voxel) in labels.voxels.iter().enumerate() {
            let shares = labels.shares_of(i);
            assert!((shares.iter().sum::<f32>() - 1.0).abs() < 1e-5);
            match voxel[2] {
                0..9 => assert_eq!(labels.class_of(i), 0),
                11.. => assert_eq!(labels.class_of(i), 1),
                _ => {}
            }
        }
    }

    #[test]
    fn classes_are_numbered_anew_and_unknown_ones_are_refused() {
        let plane = map_at(
            3.0,
            Raster::from_fn(40, 40, |col, _| if col < 20 { 1 } else { 4 }),
        );
        let gathered = |classes, told: &[u8]| {
            gather_all(std::slice::from_ref(&plane), [8, 64, 64], classes, told)
        };
        let labels = &gathered(6, &[0, 1, 4]).unwrap()[0];
        assert_eq!(labels.classes, 3);
        let left = labels.voxels.iter().position(|v| v[2] < 9).unwrap();
        let right = labels.voxels.iter().position(|v| v[2] > 11).unwrap();
        assert_eq!([left, right].map(|i| labels.class_of(i)), [1, 2]);
        let error = gathered(4, &[0, 1]).unwrap_err().to_string();
        assert!(
            error.contains("class 4 at column 20, row 0") && error.contains("0 to 3"),
            "{error}"
        );
    }

    #[test]
    fn a_plane_outside_is_an_error() {
        let classes = Raster::filled(4, 4, 0);
        let plane = PlacedMap {
            name: "far away".to_owned(),
            ..map_at(99.0, classes)
        };
        let text = gather_all(&[plane], [8, 8, 8], 1, &[0])
            .unwrap_err()
            .to_string();
        assert!(text.contains("far away"), "{text}");
    }

    #[test]
    fn unmeasured_pixels_are_no_labels() {
        let of = |columns: usize| {
            let classes = Raster::from_fn(40, 40, |col, row| match (col, row) {
                (col, _) if col >= columns => UNMEASURED,
                (_, row) => u8::from(row >= 20),
            });
            gather_all(&[map_at(3.0, classes)], [8, 64, 64], 2, &[0, 1])
                .map(|mut all| all.remove(0))
        };
        let (all, half) = (of(40).unwrap(), of(20).unwrap());
        assert!(all.voxels.iter().any(|v| v[2] > 10));
        assert!(half.voxels.iter().all(|v| v[2] <= 10));
        assert_eq!(half.class_of(0), all.class_of(0));
        assert!(matches!(of(0), Err(UnetError::NoLabels { .. })));
    }
}
