use std::hint::select_unpredictable;

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use crate::labelling::SparseLabels;

/// Weight of labels in a leaf, at least.
const LEAF_WEIGHT: f64 = 2.0;

/// Splits from the root, at most.
pub(super) const MOST_SPLITS: usize = 24;

/// Most samples that one tree learns from.
const MOST_SAMPLES: usize = 40_000;

/// What trees learn from.
pub(super) struct Samples<'a> {
    /// Bins of every labelled voxel.
    pub features: Vec<u8>,
    /// Bins of one of them.
    pub width: usize,
    pub labels: &'a SparseLabels,
}

impl Samples<'_> {
    fn bin(&self, i: u32, feature: usize) -> u8 {
        self.features[i as usize * self.width + feature]
    }

    fn add(&self, totals: &mut [f64], i: u32) {
        let trust = f64::from(self.labels.weights[i as usize]);
        let shares = self.labels.shares_of(i as usize);
        for (total, share) in totals.iter_mut().zip(shares) {
            *total += trust * f64::from(*share);
        }
    }
}

/// A sample whose bin is below `cut` goes left, to the next node; `right` stands after all that is left.
/// At a leaf nobody goes left, and `right` is the leaf itself.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Node {
    right: u32,
    feature: u16,
    cut: u8,
}

/// A decision tree.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    /// The leaf that every node is, where it is one.
    leaves: Vec<Option<u32>>,
    /// Shares of the classes in every leaf.
    shares: Vec<f32>,
    classes: usize,
}

/// Samples that walk through a tree in step: while the memory answers one, the others go on.
const IN_STEP: usize = 8;

impl Tree {
    /// Grows a tree on samples drawn with replacement.
    pub fn grow(samples: &Samples<'_>, rng: &mut ChaCha8Rng) -> Self {
        let count = samples.labels.voxels.len();
        let mut drawn: Vec<u32> = (0..count.min(MOST_SAMPLES))
            .map(|_| rng.random_range(0..count) as u32)
            .collect();
        let mut tree = Self {
            nodes: Vec::new(),
            leaves: Vec::new(),
            shares: Vec::new(),
            classes: samples.labels.classes,
        };
        tree.add(samples, &mut drawn, 0, rng);
        tree
    }

    /// Adds the shares of the classes where `samples` end, by their numbers, to their `sums`; `bins` and `sums`
    /// are those of all samples.
    pub fn add_shares(&self, bins: &[u8], width: usize, samples: &[u32], sums: &mut [f32]) {
        let (together, rest) = samples.as_chunks::<IN_STEP>();
        together
            .iter()
            .for_each(|samples| self.add_in_step(bins, width, *samples, sums));
        rest.iter()
            .for_each(|&sample| self.add_in_step(bins, width, [sample], sums));
    }

    fn add_in_step<const SAMPLES: usize>(
        &self,
        bins: &[u8],
        width: usize,
        samples: [u32; SAMPLES],
        sums: &mut [f32],
    ) {
        let bins = samples.map(|i| &bins[i as usize * width..][..width]);
        let mut at = [0; SAMPLES];
        let mut moves = true;
        while moves {
            moves = false;
            for (at, bins) in at.iter_mut().zip(bins) {
                let node = self.nodes[*at];
                let is_left = bins[usize::from(node.feature)] < node.cut;
                let next = select_unpredictable(is_left, *at + 1, node.right as usize);
                moves |= next != *at;
                *at = next;
            }
        }
        for (at, sample) in at.into_iter().zip(samples) {
            let leaf = self.leaves[at].map_or(0, |leaf| leaf as usize);
            let shares = &self.shares[leaf * self.classes..][..self.classes];
            let sums = &mut sums[sample as usize * self.classes..][..self.classes];
            for (sum, share) in sums.iter_mut().zip(shares) {
                *sum += share;
            }
        }
    }

    /// Shares of the classes in every leaf.
    pub fn shares(&self) -> impl Iterator<Item = &[f32]> {
        self.shares.chunks_exact(self.classes)
    }

    /// Nodes as the kernel `forest_vote` takes them, counted from `first_node`, and leaves from `first_leaf`.
    pub fn device_nodes(
        &self,
        first_node: u32,
        first_leaf: u32,
    ) -> impl Iterator<Item = [u32; 2]> + use<'_> {
        let nodes = self.nodes.iter().zip(&self.leaves).zip(first_node..);
        nodes.map(move |((node, leaf), own)| match leaf {
            None => [
                first_node + node.right,
                u32::from(node.feature) | u32::from(node.cut) << 16,
            ],
            Some(leaf) => [own, first_leaf + leaf],
        })
    }

    /// Numbers of a node in [`Self::tables`].
    pub const NODE: usize = 3;

    /// Nodes, as `[feature, cut, right]` or `[-1, leaf, 0]`, and the shares in every leaf.
    pub fn tables(&self) -> (Vec<f32>, Vec<f32>) {
        let nodes = self.nodes.iter().zip(&self.leaves);
        let nodes = nodes.flat_map(|(node, leaf)| match leaf {
            None => [
                f32::from(node.feature),
                f32::from(node.cut),
                node.right as f32,
            ],
            Some(leaf) => [-1.0, *leaf as f32, 0.0],
        });
        (nodes.collect(), self.shares.clone())
    }

    /// From what [`Self::tables`] gave; none where that makes no tree whose every path ends.
    pub fn from_tables(
        nodes: &[f32],
        shares: &[f32],
        classes: usize,
        width: usize,
    ) -> Option<Self> {
        let (count, leaves) = (nodes.len() / Self::NODE, shares.len() / classes);
        let whole = |value: f32, below: usize| {
            let at = value as usize;
            (at as f32 == value && at < below).then_some(at)
        };
        let mut tree = Self {
            nodes: Vec::with_capacity(count),
            leaves: Vec::with_capacity(count),
            shares: shares.to_vec(),
            classes,
        };
        for (at, node) in nodes.chunks_exact(Self::NODE).enumerate() {
            if node[0] == -1.0 {
                tree.push_leaf(whole(node[1], leaves)? as u32);
            } else {
                let right = whole(node[2], count)?;
                // What is left stands next, what is right after that: no path leads back.
                (right > at + 1).then_some(())?;
                tree.nodes.push(Node {
                    right: right as u32,
                    feature: whole(node[0], width)? as u16,
                    cut: whole(node[1], 256)? as u8,
                });
                tree.leaves.push(None);
            }
        }
        let sum_to_one = |leaf: &[f32]| (leaf.iter().sum::<f32>() - 1.0).abs() < 1e-3;
        let are_shares = shares.iter().all(|share| (0.0..=1.0).contains(share))
            && shares.chunks_exact(classes).all(sum_to_one);
        let ends = matches!(tree.leaves.last(), Some(Some(_)));
        (are_shares && ends).then_some(tree)
    }

    fn push_leaf(&mut self, leaf: u32) {
        self.nodes.push(Node {
            right: self.nodes.len() as u32,
            feature: 0,
            cut: 0,
        });
        self.leaves.push(Some(leaf));
    }

    fn add(
        &mut self,
        samples: &Samples<'_>,
        drawn: &mut [u32],
        splits: usize,
        rng: &mut ChaCha8Rng,
    ) {
        let mut totals = vec![0.0; self.classes];
        for &i in drawn.iter() {
            samples.add(&mut totals, i);
        }
        let best = if splits < MOST_SPLITS {
            best_split(samples, drawn, &totals, rng)
        } else {
            None
        };
        let Some((feature, cut)) = best else {
            self.push_leaf((self.shares.len() / self.classes) as u32);
            let sum = totals.iter().sum::<f64>().max(1e-9);
            self.shares
                .extend(totals.iter().map(|total| (total / sum) as f32));
            return;
        };
        drawn.sort_unstable_by_key(|&i| samples.bin(i, feature) >= cut);
        let middle = drawn.partition_point(|&i| samples.bin(i, feature) < cut);
        let (left, right) = drawn.split_at_mut(middle);
        let here = self.nodes.len();
        self.nodes.push(Node {
            right: 0,
            feature: feature as u16,
            cut,
        });
        self.leaves.push(None);
        self.add(samples, left, splits + 1, rng);
        self.nodes[here].right = self.nodes.len() as u32;
        self.add(samples, right, splits + 1, rng);
    }
}

/// The split of the lowest Gini impurity among some random features; none where no split lowers it.
fn best_split(
    samples: &Samples<'_>,
    drawn: &[u32],
    totals: &[f64],
    rng: &mut ChaCha8Rng,
) -> Option<(usize, u8)> {
    // Weight less its Gini impurity: the sum over classes of squares over the sum.
    let purity = |totals: &[f64]| {
        let sum: f64 = totals.iter().sum();
        (
            totals.iter().map(|t| t * t).sum::<f64>() / sum.max(1e-12),
            sum,
        )
    };
    let (before, weight) = purity(totals);
    if weight < 2.0 * LEAF_WEIGHT || before > weight * (1.0 - 1e-6) {
        return None;
    }
    let classes = totals.len();
    // The root of their number (Breiman 2001), rounded up.
    let tried = (samples.width as f64).sqrt().ceil() as usize;
    let mut order: Vec<usize> = (0..samples.width).collect();
    let mut best: Option<(f64, usize, u8)> = None;
    let mut histogram = vec![0.0; 256 * classes];
    for i in 0..tried {
        order.swap(i, rng.random_range(i..samples.width));
        let feature = order[i];
        histogram.fill(0.0);
        let mut last = 0;
        for &i in drawn {
            let bin = usize::from(samples.bin(i, feature));
            last = last.max(bin);
            samples.add(&mut histogram[bin * classes..][..classes], i);
        }
        let mut left = vec![0.0; classes];
        let mut right = totals.to_vec();
        for bin in 0..last {
            for class in 0..classes {
                let amount = histogram[bin * classes + class];
                left[class] += amount;
                right[class] -= amount;
            }
            let ((pure_left, on_left), (pure_right, on_right)) = (purity(&left), purity(&right));
            if on_left < LEAF_WEIGHT || on_right < LEAF_WEIGHT {
                continue;
            }
            let gain = pure_left + pure_right - before;
            if gain > 1e-9 * weight && best.is_none_or(|(most, ..)| gain > most) {
                best = Some((gain, feature, bin as u8 + 1));
            }
        }
    }
    best.map(|(_, feature, cut)| (feature, cut))
}
