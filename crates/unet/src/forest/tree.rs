use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use crate::labelling::SparseLabels;

/// Weight of labels in a leaf, at least.
const LEAF_WEIGHT: f64 = 2.0;

/// Splits from the root, at most.
const MOST_SPLITS: usize = 24;

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

#[derive(Debug, Clone, Copy, PartialEq)]
enum Node {
    /// A sample whose bin is below `cut` goes left; `right` stands after all that is left.
    Split { feature: u16, cut: u8, right: u32 },
    /// Where its shares begin.
    Leaf(u32),
}

/// A decision tree.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    /// Shares of the classes in every leaf.
    shares: Vec<f32>,
    classes: usize,
}

impl Tree {
    /// Grows a tree on samples drawn with replacement.
    pub fn grow(samples: &Samples<'_>, rng: &mut ChaCha8Rng) -> Self {
        let count = samples.labels.voxels.len();
        let mut drawn: Vec<u32> = (0..count.min(MOST_SAMPLES))
            .map(|_| rng.random_range(0..count) as u32)
            .collect();
        let mut tree = Self {
            nodes: Vec::new(),
            shares: Vec::new(),
            classes: samples.labels.classes,
        };
        tree.add(samples, &mut drawn, 0, rng);
        tree
    }

    /// Shares of the classes where a sample ends.
    pub fn leaf(&self, bins: &[u8]) -> &[f32] {
        let mut at = 0;
        loop {
            match self.nodes[at] {
                Node::Split { feature, cut, .. } if bins[usize::from(feature)] < cut => at += 1,
                Node::Split { right, .. } => at = right as usize,
                Node::Leaf(begin) => return &self.shares[begin as usize..][..self.classes],
            }
        }
    }

    /// Shares of the classes in every leaf.
    pub fn leaves(&self) -> impl Iterator<Item = &[f32]> {
        self.shares.chunks_exact(self.classes)
    }

    /// Numbers of a node in [`Self::tables`].
    pub const NODE: usize = 3;

    /// Nodes, as `[feature, cut, right]` or `[-1, leaf, 0]`, and the shares in every leaf.
    pub fn tables(&self) -> (Vec<f32>, Vec<f32>) {
        let nodes = self.nodes.iter().flat_map(|node| match *node {
            Node::Split {
                feature,
                cut,
                right,
            } => [f32::from(feature), f32::from(cut), right as f32],
            Node::Leaf(begin) => [-1.0, (begin as usize / self.classes) as f32, 0.0],
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
        let node = |(at, node): (usize, &[f32])| {
            Some(if node[0] == -1.0 {
                Node::Leaf((whole(node[1], leaves)? * classes) as u32)
            } else {
                let right = whole(node[2], count)?;
                // What is left stands next, what is right after that: no path leads back.
                (right > at + 1).then_some(())?;
                Node::Split {
                    feature: whole(node[0], width)? as u16,
                    cut: whole(node[1], 256)? as u8,
                    right: right as u32,
                }
            })
        };
        let nodes = nodes
            .chunks_exact(Self::NODE)
            .enumerate()
            .map(node)
            .collect::<Option<Vec<Node>>>()?;
        let are_shares = shares.iter().all(|share| (0.0..=1.0).contains(share));
        let ends = matches!(nodes.last(), Some(Node::Leaf(_)));
        (are_shares && ends).then(|| Self {
            nodes,
            shares: shares.to_vec(),
            classes,
        })
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
            self.nodes.push(Node::Leaf(self.shares.len() as u32));
            let sum = totals.iter().sum::<f64>().max(1e-9);
            self.shares
                .extend(totals.iter().map(|total| (total / sum) as f32));
            return;
        };
        drawn.sort_unstable_by_key(|&i| samples.bin(i, feature) >= cut);
        let middle = drawn.partition_point(|&i| samples.bin(i, feature) < cut);
        let (left, right) = drawn.split_at_mut(middle);
        let here = self.nodes.len();
        self.nodes.push(Node::Leaf(0));
        self.add(samples, left, splits + 1, rng);
        self.nodes[here] = Node::Split {
            feature: feature as u16,
            cut,
            right: self.nodes.len() as u32,
        };
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
