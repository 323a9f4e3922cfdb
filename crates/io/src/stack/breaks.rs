//! Neighbouring slices that are far less alike than all others: from there on slices are shifted,
//! mirrored or of another scan, or blocks of slices were exchanged.

use rayon::prelude::*;

use super::gathered::Gathered;
use super::statistics::{correlation, deviation_of, median};

/// Means of blocks of pixels that are compared: enough to know slices by, and without their noise.
const BLOCKS: usize = 1 << 13;

/// Pairs on each side with which a pair is compared, and the fewest: where matter begins or ends,
/// one side is noise.
const WINDOW: usize = 5;
const WINDOW_MIN: usize = 2;

/// Fewer slices than this have no usual likeness.
const SLICES_MIN: usize = 8;

/// Slices that are usually less alike than this tell nothing.
const LIKE_MIN: f64 = 0.4;

/// A break leaves less than this part of the usual likeness, ...
const PART_MAX: f64 = 0.5;

/// ... is so many deviations of likenesses below it, ...
const DEVIATIONS: f64 = 8.0;

/// ... and so many times what chance makes of unlike slices.
const CHANCES: f64 = 5.0;

/// Where a stack is broken.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Breaks {
    /// Neighbouring slices, with their likeness and the usual one.
    between: Vec<([usize; 2], [f64; 2])>,
    /// Slices that are unlike both their neighbours, which are like each other.
    odd: Vec<usize>,
}

impl Breaks {
    pub(super) fn of(gathered: &Gathered) -> Self {
        let slices = &gathered.thumbnails;
        let kept = slices.kept();
        let pairs = slices.z.len().saturating_sub(1);
        if pairs + 1 < SLICES_MIN || kept.is_empty() {
            return Self::default();
        }
        let alike: Vec<f64> = (0..pairs)
            .into_par_iter()
            .map(|i| slices.likeness(i, i + 1, &kept))
            .collect();
        let usual: Vec<f64> = (0..pairs).map(|i| usual_near(&alike, i)).collect();
        let below: Vec<f64> = usual.iter().zip(&alike).map(|(u, a)| u - a).collect();
        let spread = deviation_of(&below);
        let chance = CHANCES / (kept.len() as f64).sqrt();
        let is_break = |i: usize| {
            usual[i] >= LIKE_MIN
                && alike[i] < PART_MAX * usual[i]
                && below[i] > (DEVIATIONS * spread).max(chance)
        };
        let mut found = Self::default();
        let mut i = 0;
        while i < pairs {
            if !is_break(i) {
                i += 1;
                continue;
            }
            let is_odd = i + 1 < pairs
                && is_break(i + 1)
                && slices.likeness(i, i + 2, &kept) >= PART_MAX * usual[i];
            if is_odd {
                found.odd.push(slices.z[i + 1]);
                i += 2;
            } else {
                let between = [slices.z[i], slices.z[i + 1]];
                found.between.push((between, [alike[i], usual[i]]));
                i += 1;
            }
        }
        found
    }

    pub(super) fn is_empty(&self) -> bool {
        self.between.is_empty() && self.odd.is_empty()
    }

    /// Whether a break lies between two slices.
    pub(super) fn is_between(&self, before: usize, behind: usize) -> bool {
        let between = [before, behind];
        self.between.iter().any(|(pair, _)| *pair == between)
            || self.odd.iter().any(|z| between.contains(z))
    }

    /// Sentences on them.
    pub(super) fn notes(&self) -> Vec<String> {
        let listed = |all: Vec<String>| {
            let more = if all.len() > 6 { " ..." } else { "" };
            all[..all.len().min(6)].join(", ") + more
        };
        let mut notes = Vec::new();
        if let Some((_, [_, usual])) = self.between.first() {
            let pairs = self.between.iter().map(|([before, behind], [alike, _])| {
                format!("{before} and {behind} ({alike:.2})")
            });
            notes.push(format!(
                "these neighbouring slices resemble each other far less than others do \
                 ({usual:.2}): {}. Slices are missing there or in another order, or those behind \
                 are shifted, turned, mirrored or of another scan or channel: compare them in a viewer, and \
                 export the stack again. Evening greys does not mend it",
                listed(pairs.collect())
            ));
        }
        if !self.odd.is_empty() {
            let odd: Vec<String> = self.odd.iter().map(usize::to_string).collect();
            notes.push(format!(
                "{} unlike the slices before and behind, which resemble each other: {}; damaged, \
                 or not in its place. Export it again",
                match odd.len() {
                    1 => "one slice is".to_owned(),
                    n => format!("{n} slices are each"),
                },
                listed(odd)
            ));
        }
        notes
    }
}

/// The usual likeness on that side of a pair where slices are less alike.
fn usual_near(alike: &[f64], i: usize) -> f64 {
    let (before, behind) = (&alike[..i], &alike[i + 1..]);
    let before = &before[before.len().saturating_sub(WINDOW)..];
    let behind = &behind[..behind.len().min(WINDOW)];
    let usual = |side: &[f64]| match side.len() < WINDOW_MIN {
        true => 0.0,
        false => median(side.iter().copied()).unwrap_or(0.0),
    };
    usual(before).min(usual(behind))
}

/// Small pictures of all slices that hold more than one grey.
#[derive(Debug, PartialEq)]
pub(super) struct Thumbnails {
    cols: usize,
    /// Side of a block.
    side: usize,
    /// Numbers of the slices.
    z: Vec<usize>,
    means: Vec<Vec<f32>>,
}

impl Thumbnails {
    /// Of no slice yet; `shape` is `[nz, ny, nx]`.
    pub fn new([_, ny, nx]: [usize; 3]) -> Self {
        let side = (ny * nx).div_ceil(BLOCKS).isqrt() + 1;
        Self {
            cols: nx,
            side: side.min(ny).min(nx).max(1),
            z: Vec::new(),
            means: Vec::new(),
        }
    }

    /// Adds the next slices that hold more than one grey, with their numbers.
    pub fn add(&mut self, slices: &[(usize, &[u16])]) {
        let means = slices
            .par_iter()
            .map(|(_, slice)| block_means(slice, self.cols, self.side));
        self.means.extend(means.collect::<Vec<_>>());
        self.z.extend(slices.iter().map(|(z, _)| *z));
    }

    /// Blocks that change along the stack; others are padding.
    fn kept(&self) -> Vec<usize> {
        let means = &self.means;
        let blocks = means.first().map_or(0, Vec::len);
        let varies = |block: &usize| means.iter().any(|m| m[*block] != means[0][*block]);
        (0..blocks).filter(varies).collect()
    }

    /// The correlation of two slices over the `kept` blocks.
    fn likeness(&self, a: usize, b: usize, kept: &[usize]) -> f64 {
        let (a, b) = (&self.means[a], &self.means[b]);
        let pairs = kept.iter();
        correlation(pairs.map(|&i| (f64::from(a[i]), f64::from(b[i])))).unwrap_or(0.0)
    }
}

fn block_means(slice: &[u16], cols: usize, side: usize) -> Vec<f32> {
    let across = cols / side;
    let mut means = Vec::new();
    for rows in slice.chunks_exact(cols * side) {
        let mut sums = vec![0_u64; across];
        for row in rows.chunks_exact(cols) {
            for (sum, block) in sums.iter_mut().zip(row.chunks_exact(side)) {
                *sum += block.iter().map(|v| u64::from(*v)).sum::<u64>();
            }
        }
        let area = (side * side) as f32;
        means.extend(sums.iter().map(|sum| *sum as f32 / area));
    }
    means
}

#[cfg(test)]
mod tests {
    use corelith_core::{Spacing, Volume};

    use super::super::phantom::{SHAPE, balls};
    use super::*;

    /// Slices of balls, each taken from where `source` says.
    fn stack(source: impl Fn([usize; 3]) -> [usize; 3]) -> Volume<u16> {
        let balls = balls(3);
        Volume::from_fn(SHAPE, Spacing::isotropic(1.0), |x, y, z| {
            let [x, y, z] = source([x, y, z]);
            balls.at(x, y, z)
        })
    }

    fn breaks_of(volume: &Volume<u16>) -> Breaks {
        Breaks::of(&Gathered::of(volume))
    }

    #[test]
    fn a_whole_stack_is_not_broken() {
        assert!(breaks_of(&stack(|at| at)).is_empty());
        let drift = stack(|at| at);
        let area = SHAPE[1] * SHAPE[2];
        let mut i = 0;
        let drift = drift.map(|&v| {
            let z = i / area;
            i += 1;
            (f64::from(v) * (1.0 + 0.01 * z as f64) + if z > 30 { 5000.0 } else { 0.0 }) as u16
        });
        assert!(breaks_of(&drift).is_empty());
    }

    #[test]
    fn shifted_mirrored_and_exchanged_slices_are_named() {
        let nx = SHAPE[2];
        let shifted = stack(|[x, y, z]| [if z < 30 { x } else { (x + 40) % nx }, y, z]);
        let mirrored = stack(|[x, y, z]| [if z < 30 { x } else { nx - 1 - x }, y, z]);
        for broken in [shifted, mirrored] {
            let found = breaks_of(&broken);
            assert!(found.is_between(29, 30), "{found:?}");
            assert_eq!(found.between.len() + found.odd.len(), 1, "{found:?}");
            assert!(
                found.notes()[0].contains("29 and 30"),
                "{:?}",
                found.notes()
            );
        }
        let exchanged = stack(|[x, y, z]| [x, y, if z < 20 { z } else { 20 + z % 40 }]);
        let found = breaks_of(&exchanged);
        assert!(
            found.is_between(19, 20) && found.is_between(39, 40),
            "{found:?}"
        );
        let odd = stack(|[x, y, z]| [x, y, if z == 17 { 50 } else { z }]);
        let found = breaks_of(&odd);
        assert_eq!(found.odd, [17]);
        assert!(found.between.is_empty(), "{found:?}");
    }
}
