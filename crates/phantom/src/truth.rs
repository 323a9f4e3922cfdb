//! How far a result is from the truth.

mod scores;

use std::collections::BTreeMap;

use corelith_core::Raster;

pub use scores::{SegmentationScores, segmentation_scores};

/// Two arrays that should describe the same voxels or pixels but can't.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum TruthError {
    /// Different lengths or shapes.
    #[error("the result has {found} values, the truth {expected}: they show different regions")]
    Length {
        /// Values in the truth.
        expected: usize,
        /// Values in the result.
        found: usize,
    },
    /// A coordinate that is no number.
    #[error("the found position of pixel {pixel} (row by row) is not a finite number")]
    NotFinite {
        /// Which pixel.
        pixel: usize,
    },
    /// A class beyond the mineral list.
    #[error("class {found} at position {position}: the mineral list has {classes} rows")]
    Class {
        /// The class.
        found: u8,
        /// Where, counted in voxels or pixels.
        position: usize,
        /// Rows of the list.
        classes: usize,
    },
}

fn same_length(found: usize, expected: usize) -> Result<(), TruthError> {
    if found == expected {
        Ok(())
    } else {
        Err(TruthError::Length { expected, found })
    }
}

/// Distances between found and true CT positions of map pixels, in voxels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RegistrationError {
    /// Mean: the target registration error (TRE).
    pub mean_vox: f64,
    /// Median.
    pub median_vox: f64,
    /// 95th percentile.
    pub p95_vox: f64,
    /// Largest.
    pub max_vox: f64,
}

/// Target registration error over all pixels of a map; `found` and `truth` are x, y, z in voxels.
///
/// # Errors
/// When sizes differ or a found position is not finite.
pub fn registration_error(
    found_vox: [&Raster<f32>; 3],
    truth_vox: [&Raster<f32>; 3],
) -> Result<RegistrationError, TruthError> {
    let pixels = truth_vox[0].len();
    for axis in 0..3 {
        same_length(found_vox[axis].len(), pixels)?;
        same_length(truth_vox[axis].len(), pixels)?;
    }
    let mut distances = Vec::with_capacity(pixels);
    for pixel in 0..pixels {
        let squared: f64 = (0..3)
            .map(|axis| {
                let found = f64::from(found_vox[axis].data()[pixel]);
                let truth = f64::from(truth_vox[axis].data()[pixel]);
                (found - truth).powi(2)
            })
            .sum();
        if !squared.is_finite() {
            return Err(TruthError::NotFinite { pixel });
        }
        distances.push(squared.sqrt());
    }
    distances.sort_unstable_by(f64::total_cmp);
    let quantile = |q: f64| {
        let last = distances.len().saturating_sub(1) as f64;
        distances
            .get((q * last).round() as usize)
            .copied()
            .unwrap_or(0.0)
    };
    Ok(RegistrationError {
        mean_vox: distances.iter().sum::<f64>() / distances.len().max(1) as f64,
        median_vox: quantile(0.5),
        p95_vox: quantile(0.95),
        max_vox: quantile(1.0),
    })
}

/// Voxels (or pixels) of one class in the result, in the truth and in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Overlap {
    /// In the result.
    pub found: u64,
    /// In the truth.
    pub truth: u64,
    /// In both.
    pub both: u64,
}

impl Overlap {
    /// Dice coefficient, 0 to 1; 1 when the class is in neither.
    pub fn dice(self) -> f64 {
        match self.found + self.truth {
            0 => 1.0,
            sum => 2.0 * self.both as f64 / sum as f64,
        }
    }

    /// Intersection over union, 0 to 1; 1 when the class is in neither.
    pub fn iou(self) -> f64 {
        match self.found + self.truth - self.both {
            0 => 1.0,
            union => self.both as f64 / union as f64,
        }
    }
}

/// Agreement of two class label arrays.
#[derive(Debug, Clone, PartialEq)]
pub struct Overlaps {
    /// One for each class, background included.
    pub classes: Vec<Overlap>,
    /// All classes but the background together.
    pub foreground: Overlap,
}

/// Counts the overlap of every class of `0..classes`.
///
/// # Errors
/// When lengths differ or a label is not below `classes`.
pub fn overlaps(
    found: &[u8],
    truth: &[u8],
    classes: usize,
    background: u8,
) -> Result<Overlaps, TruthError> {
    same_length(found.len(), truth.len())?;
    let mut joint = vec![0u64; 256 * 256];
    for (&f, &t) in found.iter().zip(truth) {
        joint[usize::from(f) * 256 + usize::from(t)] += 1;
    }
    for labels in [found, truth] {
        if let Some(position) = labels.iter().position(|&v| usize::from(v) >= classes) {
            return Err(TruthError::Class {
                found: labels[position],
                position,
                classes,
            });
        }
    }
    let all: Vec<Overlap> = (0..classes)
        .map(|c| Overlap {
            found: joint[c * 256..c * 256 + 256].iter().sum(),
            truth: (0..classes).map(|f| joint[f * 256 + c]).sum(),
            both: joint[c * 256 + c],
        })
        .collect();
    let back = all
        .get(usize::from(background))
        .copied()
        .unwrap_or_default();
    let total = found.len() as u64;
    let foreground = Overlap {
        found: total - back.found,
        truth: total - back.truth,
        both: total + back.both - back.found - back.truth,
    };
    Ok(Overlaps {
        classes: all,
        foreground,
    })
}

/// Found instances matched one to one with true ones.
#[derive(Debug, Clone, PartialEq)]
pub struct Instances {
    /// Instances in the result.
    pub found: usize,
    /// Instances in the truth.
    pub truth: usize,
    /// Matched pairs with their intersection over union, best first: id in the result, id in
    /// the truth, IoU.
    pub matches: Vec<(u32, u32, f64)>,
}

impl Instances {
    fn matched(&self, iou_threshold: f64) -> usize {
        self.matches
            .iter()
            .take_while(|(_, _, iou)| *iou >= iou_threshold)
            .count()
    }

    /// Share of found instances that match a true one at that IoU; 1 when nothing was found.
    pub fn precision(&self, iou_threshold: f64) -> f64 {
        match self.found {
            0 => 1.0,
            found => self.matched(iou_threshold) as f64 / found as f64,
        }
    }

    /// Share of true instances that were found at that IoU; 1 when there are none.
    pub fn recall(&self, iou_threshold: f64) -> f64 {
        match self.truth {
            0 => 1.0,
            truth => self.matched(iou_threshold) as f64 / truth as f64,
        }
    }

    /// Harmonic mean of precision and recall; 1 when both sides are empty.
    pub fn f1(&self, iou_threshold: f64) -> f64 {
        match self.found + self.truth {
            0 => 1.0,
            sum => 2.0 * self.matched(iou_threshold) as f64 / sum as f64,
        }
    }

    /// Mean F1 over IoU thresholds 0.50, 0.55 ... 0.95.
    pub fn f1_mean(&self) -> f64 {
        (0..10)
            .map(|i| self.f1(f64::from(50 + 5 * i) / 100.0))
            .sum::<f64>()
            / 10.0
    }
}

/// Matches instances of two label arrays (0 = none) greedily by falling IoU; ties by id. From
/// IoU 0.5 on no instance has two partners, so greedy is optimal there.
///
/// # Errors
/// When lengths differ.
pub fn instances(found: &[u32], truth: &[u32]) -> Result<Instances, TruthError> {
    same_length(found.len(), truth.len())?;
    let mut found_sizes: BTreeMap<u32, u64> = BTreeMap::new();
    let mut truth_sizes: BTreeMap<u32, u64> = BTreeMap::new();
    let mut common: BTreeMap<(u32, u32), u64> = BTreeMap::new();
    // Labels come in runs: count a run, then look up once.
    let mut start = 0;
    while start < found.len() {
        let pair = (found[start], truth[start]);
        let length = found[start..]
            .iter()
            .zip(&truth[start..])
            .take_while(|&(&f, &t)| (f, t) == pair)
            .count();
        start += length;
        let count = length as u64;
        if pair.0 > 0 {
            *found_sizes.entry(pair.0).or_default() += count;
        }
        if pair.1 > 0 {
            *truth_sizes.entry(pair.1).or_default() += count;
        }
        if pair.0 > 0 && pair.1 > 0 {
            *common.entry(pair).or_default() += count;
        }
    }
    let mut candidates: Vec<(u32, u32, f64)> = common
        .iter()
        .map(|(&(f, t), &both)| {
            let union = found_sizes[&f] + truth_sizes[&t] - both;
            (f, t, both as f64 / union as f64)
        })
        .collect();
    candidates.sort_by(|a, b| b.2.total_cmp(&a.2).then((a.0, a.1).cmp(&(b.0, b.1))));
    let (found_count, truth_count) = (found_sizes.len(), truth_sizes.len());
    let matches = candidates
        .into_iter()
        .filter(|(f, t, _)| {
            let free = found_sizes.contains_key(f) && truth_sizes.contains_key(t);
            if free {
                found_sizes.remove(f);
                truth_sizes.remove(t);
            }
            free
        })
        .collect();
    Ok(Instances {
        found: found_count,
        truth: truth_count,
        matches,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raster(values: &[f32]) -> Raster<f32> {
        Raster::new(values.to_vec(), 1, values.len()).unwrap()
    }

    #[test]
    fn registration_error_is_the_mean_distance() {
        let zero = raster(&[0.0, 0.0]);
        let (x, y) = (raster(&[3.0, 0.0]), raster(&[4.0, 0.0]));
        let error = registration_error([&x, &y, &zero], [&zero; 3]).unwrap();
        assert_eq!((error.mean_vox, error.max_vox), (2.5, 5.0));
        let bad = raster(&[0.0, f32::NAN]);
        assert_eq!(
            registration_error([&bad, &zero, &zero], [&zero; 3]),
            Err(TruthError::NotFinite { pixel: 1 })
        );
        let short = raster(&[0.0]);
        assert!(registration_error([&short; 3], [&zero; 3]).is_err());
    }

    #[test]
    fn overlap_counts_classes_and_foreground() {
        let found = [0, 1, 1, 2, 0, 2];
        let truth = [0, 1, 2, 2, 1, 2];
        let o = overlaps(&found, &truth, 4, 0).unwrap();
        assert_eq!(
            o.classes[1],
            Overlap {
                found: 2,
                truth: 2,
                both: 1
            }
        );
        assert_eq!(o.classes[1].dice(), 0.5);
        assert_eq!(o.classes[1].iou(), 1.0 / 3.0);
        assert_eq!(o.classes[2].dice(), 0.8);
        assert_eq!(o.classes[3].dice(), 1.0);
        assert_eq!(
            o.foreground,
            Overlap {
                found: 4,
                truth: 5,
                both: 4
            }
        );
        assert_eq!(
            overlaps(&[5], &[0], 4, 0),
            Err(TruthError::Class {
                found: 5,
                position: 0,
                classes: 4
            })
        );
    }

    #[test]
    fn instances_match_one_to_one() {
        let truth = [1, 1, 1, 1, 0, 2, 2, 3, 3, 0];
        let found = [7, 7, 7, 0, 0, 5, 5, 5, 5, 9];
        let i = instances(&found, &truth).unwrap();
        assert_eq!((i.found, i.truth), (3, 3));
        assert_eq!(i.matches, [(7, 1, 0.75), (5, 2, 0.5)]);
        assert!((i.f1(0.5) - 2.0 / 3.0).abs() < 1e-12);
        assert!((i.f1(0.6) - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(i.recall(0.8), 0.0);
        // 0.50: two pairs; 0.55 to 0.75: one; above: none.
        assert!((i.f1_mean() - (2.0 + 5.0) / 3.0 / 10.0).abs() < 1e-12);
    }

    #[test]
    fn one_changed_voxel_shows() {
        let truth: Vec<u32> = (0..100).map(|i| i / 10).collect();
        let mut found = truth.clone();
        assert_eq!(instances(&found, &truth).unwrap().f1_mean(), 1.0);
        found[55] = 9;
        let i = instances(&found, &truth).unwrap();
        assert!(i.matches.iter().any(|m| m.2 < 1.0));
        assert!(i.f1_mean() < 1.0);
    }
}
