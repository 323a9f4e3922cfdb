//! Legends, scale bars and data bars beside the field of an image.

mod swatches;

use std::collections::BTreeMap;

use crate::Crop;
pub(crate) use swatches::field_beside_swatches;

/// The label of a pixel whose colour is not known.
pub(crate) const FOREIGN: u16 = u16::MAX;

/// Share of pixels of a second known colour in the first line of a strip beside the field.
const PLAIN_MAX: f64 = 0.02;

/// A strip is at most this share of the image along its side.
const STRIP_SHARE_MAX: f64 = 0.5;

/// Pixels that do not fit in the field, in every row or column of it.
struct Profile {
    foreign: Vec<usize>,
    width: usize,
}

impl Profile {
    /// How many of the lines at the end are a strip of another kind than those before: the split
    /// that makes both parts most likely when the pixels of each are foreign at one rate. `None`
    /// when the end is no denser in foreign pixels than the rest.
    fn strip(&self) -> Option<usize> {
        let n = self.foreign.len();
        let mut before: usize = self.foreign.iter().sum();
        let all = log_likelihood(before, n * self.width);
        let mut after = 0;
        let mut best = (0.0, 0);
        for strip in 1..n {
            let line = self.foreign[n - strip];
            after += line;
            before -= line;
            if strip as f64 > STRIP_SHARE_MAX * n as f64 {
                break;
            }
            let (inside, outside) = ((n - strip) * self.width, strip * self.width);
            let denser = after * inside > 4 * before * outside && 50 * after > outside;
            let gain = log_likelihood(after, outside) + log_likelihood(before, inside) - all;
            if denser && gain > best.0 {
                best = (gain, strip);
            }
        }
        // Scattered pixels also give a gain; that of a strip is far above.
        (best.0 > 20.0).then_some(best.1)
    }
}

/// Of `k` foreign pixels among `n`, at the rate `k / n`.
fn log_likelihood(k: usize, n: usize) -> f64 {
    let (k, n) = (k as f64, n as f64);
    let term = |x: f64| if x > 0.0 { x * (x / n).ln() } else { 0.0 };
    term(k) + term(n - k)
}

/// The lines of an image from one side to the other: the last is that at the side.
#[derive(Clone, Copy)]
struct Lines<'a> {
    labels: &'a [u16],
    cols: usize,
    field: Crop,
    along_rows: bool,
    reversed: bool,
}

impl Lines<'_> {
    fn count(&self) -> usize {
        match self.along_rows {
            true => self.field.height,
            false => self.field.width,
        }
    }

    fn width(&self) -> usize {
        match self.along_rows {
            true => self.field.width,
            false => self.field.height,
        }
    }

    fn line(&self, i: usize) -> impl Iterator<Item = u16> + Clone {
        let Self {
            labels,
            cols,
            field,
            ..
        } = *self;
        let i = if self.reversed {
            self.count() - 1 - i
        } else {
            i
        };
        let along_rows = self.along_rows;
        (0..self.width()).map(move |j| {
            let (col, row) = if along_rows { (j, i) } else { (i, j) };
            labels[(field.top + row) * cols + field.left + col]
        })
    }

    /// What is left of the field when the last lines are taken away.
    fn without(&self, strip: usize) -> Crop {
        let mut field = self.field;
        match (self.along_rows, self.reversed) {
            (true, false) => field.height -= strip,
            (true, true) => {
                field.top += strip;
                field.height -= strip;
            }
            (false, false) => field.width -= strip,
            (false, true) => {
                field.left += strip;
                field.width -= strip;
            }
        }
        field
    }

    /// How many of the last lines are a strip with pixels of foreign colours; 0 for none.
    fn strip(&self) -> usize {
        let foreign = (0..self.count())
            .map(|i| self.line(i).filter(|label| *label == FOREIGN).count())
            .collect();
        let width = self.width();
        let strip = Profile { foreign, width }.strip().unwrap_or(0);
        if strip > 0 && self.shows_no_minerals(strip) {
            strip
        } else {
            0
        }
    }

    /// Whether the last lines are foreign as a whole: the first of them is, and the field does not
    /// go on between their foreign pixels. Grains of a mineral that is not in the list lie among
    /// others.
    fn shows_no_minerals(&self, strip: usize) -> bool {
        let first = self.count() - strip;
        let edge = Counts::of(self.line(first));
        let beside = Counts::of((first..self.count()).flat_map(|i| self.line(i)));
        let field = Counts::of((0..first).flat_map(|i| self.line(i)));
        edge.varied() <= PLAIN_MAX
            && (2 * beside.foreign >= beside.all || 2.0 * beside.varied() <= field.varied())
    }
}

/// How often labels occur.
struct Counts {
    all: usize,
    foreign: usize,
    /// The most frequent known label, and how often it is.
    most: Option<u16>,
    of_most: usize,
}

impl Counts {
    fn of(labels: impl Iterator<Item = u16>) -> Self {
        let mut counts: BTreeMap<u16, usize> = BTreeMap::new();
        for label in labels {
            *counts.entry(label).or_insert(0) += 1;
        }
        let all = counts.values().sum();
        let foreign = counts.remove(&FOREIGN).unwrap_or(0);
        let most = counts.iter().max_by_key(|(_, n)| **n);
        Self {
            all,
            foreign,
            most: most.map(|(label, _)| *label),
            of_most: most.map_or(0, |(_, n)| *n),
        }
    }

    /// Whether there are known pixels of several colours.
    fn shows_several(&self) -> bool {
        self.all > self.foreign + self.of_most
    }

    /// Share of pixels that are neither foreign nor of the most frequent colour.
    fn varied(&self) -> f64 {
        (self.all - self.foreign - self.of_most) as f64 / self.all.max(1) as f64
    }
}

/// The sides of a field: below, above, right, left.
fn sides(labels: &[u16], cols: usize, field: Crop) -> [Lines<'_>; 4] {
    [(true, false), (true, true), (false, false), (false, true)].map(|(along_rows, reversed)| {
        Lines {
            labels,
            cols,
            field,
            along_rows,
            reversed,
        }
    })
}

/// The part of an image that is left without strips along its sides in which pixels of no known
/// colour ([`FOREIGN`]) are dense, and which show nothing of the field; `None` when there is no such
/// strip, or when what is left is one known colour only: then the minerals themselves have other
/// colours, and the resin between them is no map. `labels` are the known colours.
pub(crate) fn field_of(labels: &[u16], cols: usize, rows: usize) -> Option<Crop> {
    let mut field = Crop::whole(cols, rows);
    // Each round takes one strip: a legend below and a scale at the side are two.
    for _ in 0..4 {
        // The strip that takes the fewest pixels of the image.
        let strips = sides(labels, cols, field).map(|lines| (lines, lines.strip()));
        let found = strips.iter().filter(|(_, strip)| *strip > 0);
        match found.min_by_key(|(lines, strip)| strip * lines.width()) {
            Some((lines, strip)) => field = lines.without(*strip),
            None => break,
        }
    }
    let is_strip = field != Crop::whole(cols, rows);
    (is_strip && Counts::of(field.of(labels, cols).into_iter()).shows_several()).then_some(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known pixels of one colour with a spot of another one, and foreign ones.
    fn plain(cols: usize, rows: usize, foreign: impl Fn(usize, usize) -> bool) -> Vec<u16> {
        (0..cols * rows)
            .map(|i| match (i % cols, i / cols) {
                (col, row) if foreign(col, row) => FOREIGN,
                (10..13, 10..13) => 1,
                _ => 0,
            })
            .collect()
    }

    /// Grains of some minerals, cut at all sides.
    pub(super) fn grain(col: usize, row: usize) -> u16 {
        let (x, y) = (col % 13, row % 11);
        let inside = (x as f64 - 6.0).hypot(y as f64 - 5.0) < 5.2;
        if inside {
            1 + ((col / 13 * 3 + row / 11 * 5) % 7) as u16
        } else {
            0
        }
    }

    #[test]
    fn strips_below_and_beside_are_found() {
        let below = plain(64, 78, |_, row| row >= 64 && row != 70);
        assert_eq!(field_of(&below, 64, 78), Some(Crop::whole(64, 64)));
        let both = plain(80, 70, |col, row| (col >= 64 && row % 3 == 0) || row < 5);
        assert_eq!(field_of(&both, 80, 70), Some(Crop::from([0, 5, 64, 65])));
        let text = plain(100, 90, |col, row| {
            row >= 80 && row % 4 < 2 && col % 5 == 0 && col < 60
        });
        assert_eq!(field_of(&text, 100, 90), Some(Crop::whole(100, 80)));
    }

    #[test]
    fn scattered_pixels_and_rims_are_no_strip() {
        let scattered = plain(64, 64, |col, row| (col * 7 + row * 13) % 17 == 0);
        assert_eq!(field_of(&scattered, 64, 64), None);
        let rims = plain(64, 64, |col, _| col % 20 == 7);
        assert_eq!(field_of(&rims, 64, 64), None);
        assert_eq!(field_of(&plain(9, 9, |_, _| false), 9, 9), None);
    }

    #[test]
    fn grains_of_a_mineral_that_is_not_in_the_list_are_no_strip() {
        let labels = |missing: &dyn Fn(usize, usize) -> bool| -> Vec<u16> {
            let at = |i: usize| (i % 91, i / 91);
            let label = |(col, row): (usize, usize)| match grain(col, row) {
                label if label > 0 && missing(col / 13, row / 11) => FOREIGN,
                label => label,
            };
            (0..91 * 77).map(|i| label(at(i))).collect()
        };
        // Mostly at one side, two grains of a row, and in a corner.
        for missing in [
            &(|x: usize, y: usize| y >= 5 && x.is_multiple_of(2)) as &dyn Fn(usize, usize) -> bool,
            &|x, y| y == 6 && x < 2,
            &|x, y| x >= 5 && y >= 4,
            &|x, y| (x + y).is_multiple_of(4),
        ] {
            assert_eq!(field_of(&labels(missing), 91, 77), None);
        }
        // All minerals in other colours, at two sides of bare resin.
        let sides: Vec<u16> = (0..91 * 77)
            .map(|i| match (i % 91 / 13, grain(i % 91, i / 91)) {
                (0 | 6, 1..) => FOREIGN,
                _ => 0,
            })
            .collect();
        assert_eq!(field_of(&sides, 91, 77), None);
        let strip: Vec<u16> = labels(&|_, _| false)
            .into_iter()
            .enumerate()
            .map(|(i, label)| if i / 91 >= 66 { FOREIGN } else { label })
            .collect();
        assert_eq!(field_of(&strip, 91, 77), Some(Crop::whole(91, 66)));
    }
}
