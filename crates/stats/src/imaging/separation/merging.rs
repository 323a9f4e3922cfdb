use super::Settings;
use super::saddles::Saddle;
use super::shapes::Shape;
use super::watershed::Maximum;

/// Saddles that lie less than this below the lower maximum, in voxels, are steps of the voxel
/// grid.
const GRID_STEP: f32 = 0.3;

/// A union that fills its hull better than its parts gains at most this: a small part that is
/// not convex itself says little.
const LARGEST_GAIN: f32 = 0.1;

/// How far below the threshold a ratio may lie for convexity to make up for it.
const REACH: f32 = 0.35;

/// Joins basins that belong to one particle; returns for each label `0..=N` the lowest label of
/// its group. `maxima` and `shapes` are those of basins `1..=N`, `saddles` come highest first.
///
/// A saddle is judged by its height over the lower of the two maxima: a narrow neck against the
/// smaller particle keeps both apart, whatever the sizes of all others (without the ratio this is
/// merging by dynamics, Grimaud 1992). To that comes what the union fills of its convex hull less
/// what the worse of the parts fills of its own: crushed grains are roughly convex, two grains
/// that touch are not.
pub(super) fn merge(
    maxima: &[Maximum],
    mut shapes: Vec<Shape>,
    saddles: &[Saddle],
    neck_ratio: f32,
    settings: &Settings,
) -> Vec<u32> {
    let mut group: Vec<u32> = (0..=maxima.len() as u32).collect();
    let mut maximum: Vec<f32> = maxima.iter().map(|maximum| maximum.height).collect();
    for saddle in saddles {
        let (a, b) = saddle.basins;
        let (a, b) = (root(&mut group, a), root(&mut group, b));
        if a == b {
            continue;
        }
        let (low, high) = (a.min(b) as usize - 1, a.max(b) as usize - 1);
        let lower = maximum[low].min(maximum[high]);
        let ratio = saddle.height / lower;
        let is_step = lower - saddle.height < GRID_STEP;
        if !is_step && ratio < neck_ratio - REACH * settings.convexity_weight.min(1.0) {
            continue;
        }
        let union = shapes[low].union(&shapes[high]);
        let parts = shapes[low].solidity().min(shapes[high].solidity());
        let gain = (union.solidity() - parts).min(LARGEST_GAIN);
        if is_step || ratio + settings.convexity_weight * gain >= neck_ratio {
            group[high + 1] = low as u32 + 1;
            maximum[low] = maximum[low].max(maximum[high]);
            shapes[low] = union;
            shapes[high] = Shape::default();
        }
    }
    (0..group.len() as u32)
        .map(|label| root(&mut group, label))
        .collect()
}

fn root(group: &mut [u32], mut label: u32) -> u32 {
    while group[label as usize] != label {
        group[label as usize] = group[group[label as usize] as usize];
        label = group[label as usize];
    }
    label
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(heights: [f32; 2], neck_ratio: f32) -> Vec<u32> {
        let settings = Settings {
            convexity_weight: 0.0,
            ..Settings::default()
        };
        let [first, second] = heights;
        let saddle = |basins, height| Saddle { basins, height };
        merge(
            &[20.0, 5.0, 19.0].map(|height| Maximum { voxel: 0, height }),
            vec![Shape::default(); 3],
            &[saddle((1, 2), first), saddle((2, 3), second)],
            neck_ratio,
            &settings,
        )
    }

    #[test]
    fn a_neck_counts_against_the_smaller_particle() {
        assert_eq!(groups([4.5, 3.0], 0.8), [0, 1, 1, 3]);
        assert_eq!(groups([4.5, 3.0], 0.95), [0, 1, 2, 3]);
        assert_eq!(groups([4.5, 3.0], 0.1), [0, 1, 1, 1]);
    }
}
