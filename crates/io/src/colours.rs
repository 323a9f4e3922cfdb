//! Which entry of a palette each pixel of a colour image is.

use std::collections::HashMap;

use corelith_core::{Minerals, UNMEASURED};

use crate::image_file::Problem;
use crate::legend::FOREIGN;

/// An entry that no pixel colour was found for.
const UNKNOWN: u16 = u16::MAX;
/// A pixel without colour.
const TRANSPARENT: u16 = u16::MAX - 1;

/// Pixels to each side in which the minerals of a blended rim are looked for.
const RIM_PX: usize = 2;

/// A distance in RGB is at most that of black and white.
pub(crate) const RGB_DISTANCE_MAX: f64 = 442.0;

/// A colour so near to that of an entry is no mixture.
const SURE_DISTANCE: f32 = 8.0;

/// The colours that a map may hold.
pub(crate) struct Palette {
    colours: Vec<[u8; 3]>,
    labels: Vec<u8>,
    names: Vec<String>,
    background: u8,
}

impl Palette {
    /// The colours of a mineral list, and those that stand for unmeasured pixels.
    ///
    /// # Errors
    /// When one of the latter is the colour of a mineral.
    pub(crate) fn new(minerals: &Minerals, unmeasured_rgb: &[[u8; 3]]) -> Result<Self, Problem> {
        let mut palette = Self {
            colours: Vec::new(),
            labels: Vec::new(),
            names: Vec::new(),
            background: minerals.background(),
        };
        for (class, mineral) in minerals.rows().iter().enumerate() {
            let class = class as u8;
            let label = if minerals.is_ignored(class) {
                UNMEASURED
            } else {
                class
            };
            palette.push(mineral.rgb, label, mineral.name.clone());
        }
        for rgb in unmeasured_rgb {
            if let Some((_, name)) = palette.mineral_of(*rgb) {
                let [r, g, b] = rgb;
                return Err(Problem(format!(
                    "the colour [{r}, {g}, {b}] of `unmeasured_rgb` is that of `{name}` in the \
                     mineral list; take it out there, or name the class in `unmeasured`"
                )));
            }
            if !palette.colours.contains(rgb) {
                palette.push(*rgb, UNMEASURED, "unmeasured".to_owned());
            }
        }
        Ok(palette)
    }

    fn push(&mut self, rgb: [u8; 3], label: u8, name: String) {
        self.colours.push(rgb);
        self.labels.push(label);
        self.names.push(name);
    }

    /// Entry with the nearest colour, and its distance in RGB.
    pub(crate) fn nearest(&self, rgb: [u8; 3]) -> (u16, f32) {
        let squared = |other: [u8; 3]| -> u32 {
            rgb.iter()
                .zip(other)
                .map(|(&a, b)| u32::from(a.abs_diff(b)).pow(2))
                .sum()
        };
        let distances = self.colours.iter().map(|colour| squared(*colour));
        let (entry, least) = distances
            .enumerate()
            .min_by_key(|(_, d)| *d)
            .expect("a mineral list holds its background");
        (entry as u16, (least as f32).sqrt())
    }

    /// The label of an entry: a class or [`UNMEASURED`].
    pub(crate) fn label(&self, entry: usize) -> u8 {
        self.labels[entry]
    }

    pub(crate) fn is_background(&self, label: u8) -> bool {
        label == self.background
    }

    /// The mineral of exactly that colour.
    pub(crate) fn mineral_of(&self, rgb: [u8; 3]) -> Option<(u8, &str)> {
        let entry = self.colours.iter().position(|colour| *colour == rgb)?;
        (self.labels[entry] != UNMEASURED).then(|| (self.labels[entry], self.names[entry].as_str()))
    }

    /// Whether some of `labels` are the background.
    pub(crate) fn has_background(&self, labels: &[u16]) -> bool {
        let label = |entry: &u16| self.labels.get(usize::from(*entry));
        labels
            .iter()
            .any(|entry| label(entry) == Some(&self.background))
    }

    /// The minerals of which `labels` holds none, with their colours.
    pub(crate) fn absent(&self, labels: &[u16]) -> Vec<(&str, [u8; 3])> {
        let mut present = vec![false; self.colours.len()];
        for label in labels {
            if let Some(seen) = present.get_mut(usize::from(*label)) {
                *seen = true;
            }
        }
        let entries = present.iter().enumerate();
        entries
            .filter(|(entry, seen)| !**seen && self.labels[*entry] != UNMEASURED)
            .map(|(entry, _)| (self.names[entry].as_str(), self.colours[entry]))
            .collect()
    }

    /// Name and colour of the entry with the nearest colour.
    pub(crate) fn nearest_mineral(&self, rgb: [u8; 3]) -> (String, [u8; 3]) {
        let entry = usize::from(self.nearest(rgb).0);
        (self.names[entry].clone(), self.colours[entry])
    }

    /// Distance of the two most alike colours.
    pub(crate) fn least_distance(&self) -> f32 {
        let others = |i: usize| {
            let rest = &self.colours[i + 1..];
            rest.iter()
                .map(move |b| norm(difference(vector(self.colours[i]), vector(*b))))
        };
        (0..self.colours.len())
            .flat_map(others)
            .fold(f32::INFINITY, f32::min)
    }
}

/// A colour that is in no palette entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unknown {
    pub rgb: [u8; 3],
    pub pixels: u64,
    /// Position of its first pixel.
    pub first: usize,
}

/// What [`matched`] found.
pub(crate) struct Matched {
    /// Entry of each pixel.
    entries: Vec<u16>,
    /// Pixels of another colour than their entry; empty when there is none.
    pub moved: Vec<bool>,
    /// Colours that no entry was found for, the most frequent first.
    pub unknown: Vec<Unknown>,
}

impl Matched {
    /// Entry of a pixel; `None` where it is transparent or unknown.
    pub(crate) fn entry(&self, pixel: usize) -> Option<usize> {
        let entry = self.entries[pixel];
        (entry < TRANSPARENT).then_some(usize::from(entry))
    }

    /// Number of pixels whose colour is not that of their entry.
    pub(crate) fn moved_pixels(&self) -> u64 {
        self.moved.iter().filter(|m| **m).count() as u64
    }

    /// The entry of each pixel whose colour is exactly in the palette, [`FOREIGN`] for others.
    pub(crate) fn labels(&self) -> Vec<u16> {
        let moved = |i: usize| self.moved.get(i).copied().unwrap_or(false);
        let entries = self.entries.iter().enumerate();
        entries
            .map(|(i, e)| {
                if *e == UNKNOWN || moved(i) {
                    FOREIGN
                } else {
                    *e
                }
            })
            .collect()
    }
}

/// Finds the palette entry of every pixel (`rgba`, row by row).
///
/// Without a `tolerance` the colour must be that of an entry. With one (a distance in RGB, 0 to
/// 442), a pixel of another colour takes the nearest of the entries around it when a mixture of
/// theirs comes nearer to its colour than any entry does, as on the rim of two minerals in a map that
/// was smoothed or resized, and else the nearest of all entries; in both cases only when mixture or
/// entry lies within the tolerance.
pub(crate) fn matched(
    rgba: &[[u8; 4]],
    cols: usize,
    palette: &Palette,
    tolerance: Option<f32>,
) -> Matched {
    // Colours so near to an entry are that entry: no mixture is looked for.
    let sure = tolerance.map_or(0.0, |t| {
        t.min(palette.least_distance() / 4.0).min(SURE_DISTANCE)
    });
    let mut nearest: HashMap<[u8; 3], (u16, f32)> = HashMap::new();
    let mut last = None;
    let mut of = |rgb: [u8; 3]| match last {
        Some((colour, found)) if colour == rgb => found,
        _ => {
            let found = *nearest.entry(rgb).or_insert_with(|| palette.nearest(rgb));
            last = Some((rgb, found));
            found
        }
    };
    let mut inexact = Vec::new();
    let mut unsure = Vec::new();
    let mut entries: Vec<u16> = Vec::with_capacity(rgba.len());
    for (i, &[r, g, b, alpha]) in rgba.iter().enumerate() {
        if alpha == 0 {
            entries.push(TRANSPARENT);
            continue;
        }
        let (entry, distance) = of([r, g, b]);
        entries.push(if distance <= sure { entry } else { UNKNOWN });
        if distance > sure {
            unsure.push(i);
        } else if distance > 0.0 {
            inexact.push(i);
        }
    }
    let mut unknown: HashMap<[u8; 3], Unknown> = HashMap::new();
    let mut found = Vec::new();
    for &i in &unsure {
        let [r, g, b, _] = rgba[i];
        let rgb = [r, g, b];
        let entry = tolerance.and_then(|tolerance| {
            let (entry, distance) = of(rgb);
            let around = entries_around(&entries, cols, i);
            let (of_rim, residual) = mixture(rgb, &around, palette).unwrap_or((entry, distance));
            // The better explanation of the colour.
            if residual <= distance {
                (residual <= tolerance).then_some(of_rim)
            } else {
                (distance <= tolerance).then_some(entry)
            }
        });
        match entry {
            Some(entry) => found.push((i, entry)),
            None => {
                let first = Unknown {
                    rgb,
                    pixels: 0,
                    first: i,
                };
                unknown.entry(rgb).or_insert(first).pixels += 1;
            }
        }
    }
    let mut moved = Vec::new();
    if !(inexact.is_empty() && found.is_empty()) {
        moved = vec![false; rgba.len()];
        inexact.iter().for_each(|i| moved[*i] = true);
        for (i, entry) in found {
            moved[i] = true;
            entries[i] = entry;
        }
    }
    let mut unknown: Vec<Unknown> = unknown.into_values().collect();
    unknown.sort_by_key(|u| (std::cmp::Reverse(u.pixels), u.first));
    Matched {
        entries,
        moved,
        unknown,
    }
}

/// The different sure entries around a pixel.
fn entries_around(entries: &[u16], cols: usize, pixel: usize) -> Vec<u16> {
    let (col, row) = (pixel % cols, pixel / cols);
    let last_row = entries.len() / cols - 1;
    let mut around = Vec::new();
    for r in row.saturating_sub(RIM_PX)..=(row + RIM_PX).min(last_row) {
        for c in col.saturating_sub(RIM_PX)..=(col + RIM_PX).min(cols - 1) {
            let entry = entries[r * cols + c];
            if entry < TRANSPARENT && !around.contains(&entry) {
                around.push(entry);
            }
        }
    }
    around
}

/// The entry of `around` with the nearest colour, and how far the colour is from all mixtures of two
/// or three of them.
fn mixture(rgb: [u8; 3], around: &[u16], palette: &Palette) -> Option<(u16, f32)> {
    let p = vector(rgb);
    let corners: Vec<[f32; 3]> = around
        .iter()
        .map(|entry| vector(palette.colours[usize::from(*entry)]))
        .collect();
    let n = corners.len();
    let mut residual = f32::INFINITY;
    for i in 0..n {
        for j in i..n {
            for k in j..n {
                residual = residual.min(triangle_distance(p, corners[i], corners[j], corners[k]));
            }
        }
    }
    let distance = |i: &usize| norm(difference(p, corners[*i]));
    let nearest = (0..n).min_by(|a, b| distance(a).total_cmp(&distance(b)))?;
    Some((around[nearest], residual))
}

fn vector(rgb: [u8; 3]) -> [f32; 3] {
    rgb.map(f32::from)
}

fn difference(a: [f32; 3], b: [f32; 3]) -> [f32; 3] {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

fn dot(a: [f32; 3], b: [f32; 3]) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn norm(a: [f32; 3]) -> f32 {
    dot(a, a).sqrt()
}

fn segment_distance(p: [f32; 3], a: [f32; 3], b: [f32; 3]) -> f32 {
    let (ab, ap) = (difference(b, a), difference(p, a));
    let length = dot(ab, ab);
    let t = if length > 0.0 {
        (dot(ap, ab) / length).clamp(0.0, 1.0)
    } else {
        0.0
    };
    norm(difference(ap, ab.map(|c| t * c)))
}

/// Distance of a point to a triangle, which may have shrunk to a line or a point.
fn triangle_distance(p: [f32; 3], a: [f32; 3], b: [f32; 3], c: [f32; 3]) -> f32 {
    let (u, v, w) = (difference(b, a), difference(c, a), difference(p, a));
    let (uu, uv, vv, wu, wv) = (dot(u, u), dot(u, v), dot(v, v), dot(w, u), dot(w, v));
    let area = uu * vv - uv * uv;
    if area > 1e-3 {
        // Barycentric coordinates of the foot of the perpendicular.
        let (s, t) = ((vv * wu - uv * wv) / area, (uu * wv - uv * wu) / area);
        if s >= 0.0 && t >= 0.0 && s + t <= 1.0 {
            let foot = [0, 1, 2].map(|i| s * u[i] + t * v[i]);
            return norm(difference(w, foot));
        }
    }
    segment_distance(p, a, b)
        .min(segment_distance(p, b, c))
        .min(segment_distance(p, c, a))
}
