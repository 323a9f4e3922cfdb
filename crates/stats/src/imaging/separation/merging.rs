use std::rc::Rc;

use rayon::prelude::*;

use super::Settings;
use super::clusters::{Clusters, root};
use super::graph::Graph;
use super::saddles::Saddle;
use super::shapes::Shape;

/// Saddles that lie less than this below the lower maximum, in voxels, are steps of the voxel
/// grid.
const GRID_STEP: f32 = 0.3;

/// A union that fills its hull better than its parts gains at most this: a small part that is
/// not convex itself says little.
const LARGEST_GAIN: f32 = 0.1;

/// How far below the threshold a ratio may lie for convexity to make up for it.
const REACH: f32 = 0.35;

/// Joins basins that belong to one particle, at each of some thresholds; returns for each of them and
/// each label `0..=N` the lowest label of its group. `graph` is that of basins `1..=N`.
///
/// A saddle is judged by its height over the lower of the two maxima: a narrow neck against the
/// smaller particle keeps both apart, whatever the sizes of all others (without the ratio this is
/// merging by dynamics, Grimaud 1992). To that comes what the union fills of its convex hull less
/// what the worse of the parts fills of its own: crushed grains are roughly convex, two grains
/// that touch are not.
pub(super) fn merge(graph: Graph, neck_ratios: &[f32], settings: &Settings) -> Vec<Vec<u32>> {
    let Graph {
        maxima,
        shapes,
        mut saddles,
    } = graph;
    let lowest = neck_ratios.iter().copied().fold(f32::INFINITY, f32::min);
    let height = |label: u32| maxima[label as usize - 1].height;
    // Maxima of groups only rise, so what is too narrow for the basins alone stays it.
    saddles.retain(|saddle| {
        let (a, b) = saddle.basins;
        let neck = Neck::new(saddle.height, [height(a), height(b)]);
        neck.may_join(lowest, settings)
    });
    let clusters = Clusters::of(maxima.len(), &saddles);
    let mut basins: Vec<Option<Basin>> = shapes
        .into_iter()
        .zip(&maxima)
        .map(|(shape, maximum)| Some((maximum.height, shape)))
        .collect();
    let of_clusters: Vec<(Vec<Basin>, &[u32], &[Saddle])> = clusters
        .iter()
        .map(|(labels, saddles)| {
            let own = labels
                .iter()
                .map(|&label| basins[label as usize - 1].take());
            (own.flatten().collect(), labels, saddles)
        })
        .collect();
    let merged: Vec<(&[u32], Vec<Vec<u32>>)> = of_clusters
        .into_par_iter()
        .map(|(basins, labels, saddles)| {
            let groups = merge_cluster(basins, labels, saddles, neck_ratios, settings);
            (labels, groups)
        })
        .collect();
    let mut groups = vec![(0..=maxima.len() as u32).collect::<Vec<u32>>(); neck_ratios.len()];
    for (labels, of_cluster) in merged {
        for (groups, of_cluster) in groups.iter_mut().zip(of_cluster) {
            for (&label, group) in labels.iter().zip(of_cluster) {
                groups[label as usize] = group;
            }
        }
    }
    groups
}

/// Height of the maximum of a basin, and its shape.
type Basin = (f32, Shape);

/// A saddle between two groups.
struct Neck {
    /// Its height over the lower maximum.
    ratio: f32,
    /// Whether it is but a step of the voxel grid.
    is_step: bool,
}

impl Neck {
    fn new(saddle: f32, [a, b]: [f32; 2]) -> Self {
        let lower = a.min(b);
        Self {
            ratio: saddle / lower,
            is_step: lower - saddle < GRID_STEP,
        }
    }

    /// Whether there are shapes that would make one of the groups.
    fn may_join(&self, neck_ratio: f32, settings: &Settings) -> bool {
        self.is_step || self.ratio >= neck_ratio - REACH * settings.convexity_weight.min(1.0)
    }
}

/// Groups of the labels of a cluster at each threshold, named as in [`merge`].
fn merge_cluster(
    basins: Vec<Basin>,
    labels: &[u32],
    saddles: &[Saddle],
    neck_ratios: &[f32],
    settings: &Settings,
) -> Vec<Vec<u32>> {
    let parts: Vec<Part> = basins
        .into_iter()
        .zip(0..)
        .map(|((maximum, shape), id)| Part {
            id,
            maximum,
            shape: Rc::new(shape),
        })
        .collect();
    let mut unions = Unions {
        next: parts.len() as u32,
        of_saddle: Vec::new(),
    };
    let mut states: Vec<Groups> = neck_ratios
        .iter()
        .map(|&neck_ratio| Groups {
            neck_ratio,
            group: (0..labels.len() as u32).collect(),
            parts: parts.iter().cloned().map(Some).collect(),
        })
        .collect();
    drop(parts);
    for saddle in saddles {
        let place = |label| labels.binary_search(&label).map_or(0, |place| place as u32);
        let (a, b) = (place(saddle.basins.0), place(saddle.basins.1));
        unions.of_saddle.clear();
        for state in &mut states {
            state.meet([a, b], saddle.height, &mut unions, settings);
        }
    }
    let name = |group: u32| labels[group as usize];
    states
        .into_iter()
        .map(|mut state| {
            (0..labels.len() as u32)
                .map(|place| name(root(&mut state.group, place)))
                .collect()
        })
        .collect()
}

/// A group of basins.
#[derive(Clone)]
struct Part {
    /// The same for the same basins at whatever threshold, if they were joined in the same way.
    id: u32,
    maximum: f32,
    shape: Rc<Shape>,
}

/// Unions of two parts, which thresholds mostly share: their hulls are what takes time.
struct Unions {
    next: u32,
    /// Those that were made for the present saddle.
    of_saddle: Vec<([u32; 2], Part)>,
}

impl Unions {
    fn of(&mut self, [low, high]: [&Part; 2]) -> Part {
        let ids = [low.id, high.id];
        if let Some((_, union)) = self.of_saddle.iter().find(|(of, _)| *of == ids) {
            return union.clone();
        }
        let union = Part {
            id: self.next,
            maximum: low.maximum.max(high.maximum),
            shape: Rc::new(low.shape.union(&high.shape)),
        };
        self.next += 1;
        self.of_saddle.push((ids, union.clone()));
        union
    }
}

/// The groups of a cluster at one threshold.
struct Groups {
    neck_ratio: f32,
    /// A place of the same group that is lower, or the place itself.
    group: Vec<u32>,
    /// At the lowest place of each group.
    parts: Vec<Option<Part>>,
}

impl Groups {
    /// Joins the groups of two places where the saddle between them tells.
    fn meet(&mut self, places: [u32; 2], saddle: f32, unions: &mut Unions, settings: &Settings) {
        let [a, b] = places.map(|place| root(&mut self.group, place));
        let (low, high) = (a.min(b) as usize, a.max(b) as usize);
        if low == high {
            return;
        }
        let (Some(first), Some(second)) = (&self.parts[low], &self.parts[high]) else {
            return;
        };
        let neck = Neck::new(saddle, [first.maximum, second.maximum]);
        if !neck.may_join(self.neck_ratio, settings) {
            return;
        }
        let union = unions.of([first, second]);
        let is_whole = || {
            let parts = first.shape.solidity().min(second.shape.solidity());
            let gain = (union.shape.solidity() - parts).min(LARGEST_GAIN);
            neck.ratio + settings.convexity_weight * gain >= self.neck_ratio
        };
        if neck.is_step || is_whole() {
            self.group[high] = low as u32;
            self.parts[low] = Some(union);
            self.parts[high] = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use corelith_core::{Spacing, Volume};
    use rand::{RngExt as _, SeedableRng as _};

    use super::*;
    use crate::imaging::separation::shapes::Outlines;
    use crate::imaging::separation::watershed::Maximum;

    fn groups(heights: [f32; 2], neck_ratio: f32) -> Vec<u32> {
        let settings = Settings {
            convexity_weight: 0.0,
            ..Settings::default()
        };
        let [first, second] = heights;
        let saddle = |basins, height| Saddle { basins, height };
        let graph = Graph {
            maxima: [20.0, 5.0, 19.0].map(maximum).to_vec(),
            shapes: vec![Shape::default(); 3],
            saddles: vec![saddle((1, 2), first), saddle((2, 3), second)],
        };
        merge(graph, &[neck_ratio], &settings).remove(0)
    }

    fn maximum(height: f32) -> Maximum {
        Maximum { voxel: 0, height }
    }

    /// All basins and one threshold at a time, every union made anew.
    fn one_by_one(graph: &Graph, neck_ratio: f32, settings: &Settings) -> Vec<u32> {
        let count = graph.maxima.len() as u32;
        let mut group: Vec<u32> = (0..=count).collect();
        let mut maximum: Vec<f32> = graph.maxima.iter().map(|m| m.height).collect();
        let mut shapes = graph.shapes.clone();
        for saddle in &graph.saddles {
            let (a, b) = saddle.basins;
            let (a, b) = (root(&mut group, a), root(&mut group, b));
            if a == b {
                continue;
            }
            let (low, high) = (a.min(b) as usize - 1, a.max(b) as usize - 1);
            let lower = maximum[low].min(maximum[high]);
            let ratio = saddle.height / lower;
            let is_step = lower - saddle.height < GRID_STEP;
            let union = shapes[low].union(&shapes[high]);
            let parts = shapes[low].solidity().min(shapes[high].solidity());
            let gain = (union.solidity() - parts).min(LARGEST_GAIN);
            let reaches = ratio >= neck_ratio - REACH * settings.convexity_weight.min(1.0);
            let is_whole = ratio + settings.convexity_weight * gain >= neck_ratio;
            if is_step || reaches && is_whole {
                group[high + 1] = low as u32 + 1;
                maximum[low] = maximum[low].max(maximum[high]);
                shapes[low] = union;
            }
        }
        (0..=count).map(|label| root(&mut group, label)).collect()
    }

    #[test]
    fn clusters_and_shared_unions_change_nothing() {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(8);
        let mut changes = 0;
        for (count, touching) in [(60, 0.05), (40, 0.3), (30, 1.0), (1, 1.0)] {
            let maxima: Vec<Maximum> = (0..count)
                .map(|_| maximum(random.random_range(4.0..9.0)))
                .collect();
            // Balls in a row of cells, whose numbers say where they are.
            let labels = Volume::from_fn([9, 9, 6 * count], Spacing::isotropic(1.0), |x, y, z| {
                let from_middle = [x % 6, y, z].map(|v| v as f64);
                let [x0, y0, z0] = from_middle;
                let squared = (x0 - 2.5).powi(2) + (y0 - 4.0).powi(2) + (z0 - 4.0).powi(2);
                if squared < 18.0 {
                    (x / 6) as u32 + 1
                } else {
                    0
                }
            });
            let outlines = Outlines::of(labels.data(), 0, [9, 6 * count]);
            let mut saddles = Vec::new();
            for a in 1..=count as u32 {
                for b in a + 1..=(a + 3).min(count as u32) {
                    if random.random_bool(touching) {
                        let height = random.random_range(1.0..6.0);
                        saddles.push(Saddle {
                            basins: (a, b),
                            height,
                        });
                    }
                }
            }
            saddles.sort_by(|a, b| b.height.total_cmp(&a.height));
            let graph = || Graph {
                maxima: maxima.clone(),
                shapes: Outlines::shapes(vec![outlines.clone()], count),
                saddles: saddles.clone(),
            };
            let ratios = [0.8, 0.65, 0.95];
            let settings = Settings::default();
            let found = merge(graph(), &ratios, &settings);
            for (ratio, found) in ratios.iter().zip(&found) {
                assert_eq!(*found, one_by_one(&graph(), *ratio, &settings), "{ratio}");
            }
            changes += usize::from(found[1] != found[2]);
        }
        assert!(changes > 1, "thresholds that tell nothing");
    }

    #[test]
    fn a_neck_counts_against_the_smaller_particle() {
        assert_eq!(groups([4.5, 3.0], 0.8), [0, 1, 1, 3]);
        assert_eq!(groups([4.5, 3.0], 0.95), [0, 1, 2, 3]);
        assert_eq!(groups([4.5, 3.0], 0.1), [0, 1, 1, 1]);
    }
}
