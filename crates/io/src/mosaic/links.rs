//! Which frames overlap, and by how much, as their pixels say.

use corelith_core::{Progress, UNMEASURED};
use rayon::prelude::*;
use rustfft::num_complex::Complex32;
use serde::{Deserialize, Serialize};

use super::fourier::{PhaseCorrelation, Shifts, Signal};
use super::grain::Grain;
use super::likeness::{FramePixels, Likeness, SURE_MIN, likeness};
use crate::Error;

/// Longest side of the images whose phases are correlated; larger ones are reduced before.
const SIDE_MAX: usize = 512;

/// Peaks that are tried on the pixels.
const PEAKS: usize = 12;

/// Peaks that are refined where the images were reduced.
const REFINED: usize = 4;

/// Overlaps of neighbours, as shares of a frame, that are searched one after the other: narrow
/// strips first, in which nothing else is in the way.
const OVERLAPS: [[f64; 2]; 3] = [[0.0, 0.12], [0.08, 0.3], [0.25, 0.7]];

/// The least overlap, in pixels.
const OVERLAP_MIN_PX: i64 = 6;

/// Frames that lie side by side or one below the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Side {
    Right,
    Below,
    /// Neighbours by their positions.
    Near,
}

impl Side {
    /// The axis along which they follow each other.
    pub(super) fn axis(self) -> Option<usize> {
        match self {
            Self::Right => Some(0),
            Self::Below => Some(1),
            Self::Near => None,
        }
    }
}

/// Two frames that should overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Pair {
    pub frames: [usize; 2],
    pub side: Side,
}

/// Where the second frame of a pair lies in the first, as their pixels say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Found {
    pub shift: [i64; 2],
    pub likeness: Likeness,
}

impl Found {
    pub(super) fn is_sure(&self) -> bool {
        self.likeness.sure >= SURE_MIN
    }
}

/// A neighbour of a frame, as the record of a mosaic has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FrameLink {
    /// The frames, by their place in the list of frames.
    pub frames: [usize; 2],
    /// Where the second one begins in the first, in pixels along x and y.
    pub shift_px: [f64; 2],
    /// Correlation of the grey values, or kappa of the classes, in the overlap.
    pub likeness: f64,
    /// Whether the frames were placed by it.
    pub used: bool,
    /// How far the placed frames are off it, in pixels.
    pub residual_px: f64,
}

/// Where to look for the second frame of a pair.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Search {
    /// Any overlap of neighbours.
    Free,
    /// Up to some pixels along x and y from a shift.
    Around([f64; 2], [f64; 2]),
}

/// Angles of classes on the unit circle, the most frequent ones farthest apart (van der Corput).
fn phase_of_rank(rank: usize) -> Complex32 {
    let turned = (rank as u32).reverse_bits() as f64 / 2f64.powi(32);
    Complex32::from_polar(1.0, (turned * std::f64::consts::TAU) as f32)
}

/// Finds where frames overlap.
pub(super) struct Matcher<'a> {
    frames: &'a [FramePixels],
    phases: Vec<Complex32>,
    side_max: usize,
    grain: Grain,
}

impl<'a> Matcher<'a> {
    pub(super) fn new(frames: &'a [FramePixels], grain: Grain) -> Self {
        let mut counts = [0usize; 256];
        for frame in frames {
            for class in frame.classes.data() {
                counts[usize::from(*class)] += 1;
            }
        }
        counts[usize::from(UNMEASURED)] = 0;
        let mut order: Vec<usize> = (0..256).collect();
        order.sort_by_key(|class| std::cmp::Reverse(counts[*class]));
        let mut phases = vec![Complex32::default(); 256];
        for (rank, class) in order.into_iter().enumerate() {
            if counts[class] > 0 {
                phases[class] = phase_of_rank(rank);
            }
        }
        Self {
            frames,
            phases,
            side_max: SIDE_MAX,
            grain,
        }
    }

    /// With images reduced further: for a first look.
    pub(super) fn coarse(mut self) -> Self {
        self.side_max = SIDE_MAX / 2;
        self
    }

    /// The part of a frame from `from` to `to`, reduced by `factor`, its mean taken away.
    fn signal(&self, frame: usize, from: [usize; 2], to: [usize; 2], factor: usize) -> Signal {
        let pixels = &self.frames[frame];
        let value = |col: usize, row: usize| match &pixels.grey {
            Some(grey) => {
                let v = grey.at(col, row);
                (v.is_finite()).then(|| Complex32::new(v, 0.0))
            }
            None => {
                let class = pixels.classes.at(col, row);
                (class != UNMEASURED).then(|| self.phases[usize::from(class)])
            }
        };
        let cols = (to[0] - from[0]).div_ceil(factor);
        let rows = (to[1] - from[1]).div_ceil(factor);
        let mut values = Vec::with_capacity(cols * rows);
        let mut known = Vec::with_capacity(cols * rows);
        for row in 0..rows {
            for col in 0..cols {
                let (mut sum, mut n) = (Complex32::default(), 0.0f32);
                for y in from[1] + row * factor..(from[1] + (row + 1) * factor).min(to[1]) {
                    for x in from[0] + col * factor..(from[0] + (col + 1) * factor).min(to[0]) {
                        if let Some(v) = value(x, y) {
                            sum += v;
                            n += 1.0;
                        }
                    }
                }
                known.push(n > 0.0);
                values.push(if n > 0.0 { sum / n } else { sum });
            }
        }
        let n = known.iter().filter(|k| **k).count().max(1);
        let mean = values.iter().sum::<Complex32>() / n as f32;
        for (value, known) in values.iter_mut().zip(known) {
            if known {
                *value -= mean;
            }
        }
        Signal { values, cols, rows }
    }

    /// The shifts, among those allowed, at which the phases of two frames agree best.
    fn peaks(&self, pair: Pair, shifts: Shifts) -> (Vec<[i64; 2]>, usize) {
        let [a, b] = pair.frames;
        let (size_a, size_b) = (self.frames[a].size(), self.frames[b].size());
        // Of each frame the part that the other can cover.
        let (mut a_from, mut a_to) = ([0; 2], [0; 2]);
        let (mut b_from, mut b_to) = ([0; 2], [0; 2]);
        for axis in 0..2 {
            let (from, to) = (shifts.from[axis], shifts.to[axis]);
            let (len_a, len_b) = (size_a[axis] as i64, size_b[axis] as i64);
            a_from[axis] = from.clamp(0, len_a - 1) as usize;
            a_to[axis] = (to + len_b).clamp(a_from[axis] as i64 + 1, len_a) as usize;
            b_from[axis] = (-to).clamp(0, len_b - 1) as usize;
            b_to[axis] = (len_a - from).clamp(b_from[axis] as i64 + 1, len_b) as usize;
        }
        let longest = (0..2)
            .map(|axis| (a_to[axis] - a_from[axis]).max(b_to[axis] - b_from[axis]))
            .max()
            .unwrap_or(1);
        let factor = longest.div_ceil(self.side_max).max(1);
        let first = self.signal(a, a_from, a_to, factor);
        let second = self.signal(b, b_from, b_to, factor);
        let correlation =
            PhaseCorrelation::new(first.cols.max(second.cols), first.rows.max(second.rows));
        // Shifts between the parts.
        let f = factor as i64;
        let offset = [0, 1].map(|axis| a_from[axis] as i64 - b_from[axis] as i64);
        let part = Shifts {
            from: [0, 1].map(|axis| (shifts.from[axis] - offset[axis]).div_euclid(f)),
            to: [0, 1].map(|axis| (shifts.to[axis] - offset[axis]).div_euclid(f) + 1),
        };
        let peaks = correlation.peaks(&first, &second, part, PEAKS);
        let whole = |[x, y]: [i64; 2]| [x * f + offset[0], y * f + offset[1]];
        (peaks.into_iter().map(whole).collect(), factor)
    }

    fn best_of(&self, pair: Pair, shifts: Shifts) -> Option<Found> {
        let [a, b] = pair.frames.map(|frame| &self.frames[frame]);
        let within = |shift: &[i64; 2]| {
            (0..2).all(|axis| (shifts.from[axis]..=shifts.to[axis]).contains(&shift[axis]))
        };
        let score = |shift: [i64; 2]| {
            likeness(a, b, shift, self.grain).map(|likeness| Found { shift, likeness })
        };
        let order = |x: &Found, y: &Found| x.likeness.sure.total_cmp(&y.likeness.sure);
        let (peaks, factor) = self.peaks(pair, shifts);
        let mut found: Vec<Found> = peaks.into_iter().filter_map(score).collect();
        found.sort_by(|x, y| order(y, x));
        if factor > 1 {
            found.truncate(REFINED);
        }
        let reach = factor as i64;
        found
            .into_iter()
            .flat_map(|found| {
                let [x, y] = found.shift;
                (-reach..=reach)
                    .flat_map(move |dy| (-reach..=reach).map(move |dx| [x + dx, y + dy]))
            })
            .filter(within)
            .filter_map(score)
            .max_by(order)
    }

    /// The place of the second frame of a pair at which its pixels agree best with those of the
    /// first; `None` where nothing varies.
    pub(super) fn find(&self, pair: Pair, search: Search) -> Option<Found> {
        let [size_a, size_b] = pair.frames.map(|frame| self.frames[frame].size());
        match search {
            Search::Around(shift, reach) => {
                let least = size_b.map(|n| OVERLAP_MIN_PX - n as i64);
                let most = size_a.map(|n| n as i64 - OVERLAP_MIN_PX);
                // Frames that are smaller than what they have to share.
                if least[0] > most[0] || least[1] > most[1] {
                    return None;
                }
                let bound = |sign: f64| {
                    [0, 1].map(|axis| {
                        let at = (shift[axis] + sign * reach[axis]).round() as i64;
                        at.clamp(least[axis], most[axis])
                    })
                };
                self.best_of(
                    pair,
                    Shifts {
                        from: bound(-1.0),
                        to: bound(1.0),
                    },
                )
            }
            Search::Free => {
                let axis = pair.side.axis().unwrap_or(0);
                let across = size_a[1 - axis].min(size_b[1 - axis]) as f64;
                let mut best: Option<Found> = None;
                for [least, most] in OVERLAPS {
                    let length = size_a[axis].min(size_b[axis]) as f64;
                    let overlap = |share: f64| (share * length).round() as i64;
                    let mut shifts = Shifts {
                        from: [-(0.15 * across) as i64; 2],
                        to: [(0.15 * across) as i64; 2],
                    };
                    shifts.from[axis] = size_a[axis] as i64 - overlap(most);
                    shifts.to[axis] = size_a[axis] as i64 - overlap(least).max(OVERLAP_MIN_PX);
                    if shifts.from[axis] > shifts.to[axis] {
                        continue;
                    }
                    let found = self.best_of(pair, shifts);
                    let sure = |found: &Option<Found>| {
                        found.map_or(f64::NEG_INFINITY, |f| f.likeness.sure)
                    };
                    if sure(&found) > sure(&best) {
                        best = found;
                    }
                }
                best
            }
        }
    }

    /// [`Self::find`] for many pairs.
    pub(super) fn find_all(
        &self,
        pairs: &[(Pair, Search)],
        progress: &dyn Progress,
    ) -> Result<Vec<Option<Found>>, Error> {
        progress.start("comparing frames", pairs.len() as u64);
        let found = pairs
            .par_iter()
            .map(|(pair, search)| {
                progress.check()?;
                let found = self.find(*pair, *search);
                progress.advance(1);
                Ok(found)
            })
            .collect();
        progress.finish();
        found
    }
}
