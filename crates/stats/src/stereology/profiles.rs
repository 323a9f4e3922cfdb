use std::collections::VecDeque;

use corelith_core::{Minerals, RangedSettings as _, Raster};
use serde::{Deserialize, Serialize};

use super::small_grains::without_small_grains;
use super::{Section, Settings, StereologyError};

/// The section of one particle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// The section that it lies on.
    pub section: u32,
    /// The particle of the 3D result that it belongs to, 0 for none.
    pub particle: u32,
    /// Area by class in square micrometres, one entry a row of the mineral list; that of the
    /// background is 0, as pores do not count.
    pub mineral_area_um2: Vec<f64>,
    /// Whether the edge of the section cuts it.
    pub is_cut: bool,
    /// 1 over the chance that a profile of this bounding box lies wholly on the section
    /// (Miles 1974, Lantuejoul 1980); 0 for one that is cut.
    pub frame_weight: f64,
}

impl Profile {
    /// Area of all solid minerals.
    pub fn area_um2(&self) -> f64 {
        self.mineral_area_um2.iter().sum()
    }

    /// Diameter of the circle of the same area.
    pub fn equivalent_diameter_um(&self) -> f64 {
        2.0 * (self.area_um2() / std::f64::consts::PI).sqrt()
    }
}

/// Takes a section apart into profiles; `index` becomes their [`Profile::section`].
///
/// 1. The foreground is every counted pixel of a solid mineral.
/// 2. Foreground without a particle id takes that of the nearest foreground pixel with one,
///    along paths within the foreground (4 neighbours).
/// 3. A profile is a connected piece (4 neighbours) of one id; foreground that no id reaches is
///    a profile without a particle.
/// 4. Specks, below [`Settings::smallest_profile_um`], join the profile with which they share
///    the longest border, or are dropped when they touch none.
/// 5. Grains of a mineral below [`Settings::smallest_grain_um`] become the mineral of the grain in
///    their profile with which they share the longest border.
///
/// # Errors
/// When shapes differ, when a label is past the mineral list, or when settings are out of range.
pub fn profiles(
    section: &Section,
    index: u32,
    minerals: &Minerals,
    settings: &Settings,
) -> Result<Vec<Profile>, StereologyError> {
    settings.check_ranges()?;
    section.check(minerals.len())?;
    let pieces = pieces_of(section, minerals, settings);
    let cleaned = without_small_grains(
        &section.classes,
        &pieces.of_pixel,
        settings.smallest_grain_px(section.pixel_um),
        minerals.len(),
    );
    Ok(measure(section, index, minerals, &pieces, &cleaned.classes))
}

/// The profiles of a section, not yet measured.
pub(super) struct ProfilePieces {
    /// Profile of each pixel, `NONE` where there is none.
    pub(super) of_pixel: Vec<u32>,
    /// Particle of each profile; `NONE` for a number that no profile has.
    particles: Vec<u32>,
}

/// Steps 1 to 4 of [`profiles`].
pub(super) fn pieces_of(
    section: &Section,
    minerals: &Minerals,
    settings: &Settings,
) -> ProfilePieces {
    let is_solid = Raster::from_fn(
        section.classes.rows(),
        section.classes.cols(),
        |col, row| {
            section.counted.at(col, row) && section.classes.at(col, row) != minerals.background()
        },
    );
    let ids = spread_ids(&section.particles, &is_solid);
    let pieces = Pieces::of(&ids, &is_solid);
    let heirs = pieces.without_specks(settings.smallest_profile_px(section.pixel_um));
    let stays = |piece: usize| heirs[piece] as usize == piece;
    ProfilePieces {
        of_pixel: pieces
            .piece
            .iter()
            .map(|&piece| match piece {
                NONE => NONE,
                piece => heirs[piece as usize],
            })
            .collect(),
        particles: (0..heirs.len())
            .map(|piece| {
                if stays(piece) {
                    pieces.ids[piece]
                } else {
                    NONE
                }
            })
            .collect(),
    }
}

/// Positions of the 4 neighbours; none past the edge.
pub(super) fn neighbours(cols: usize, rows: usize, at: usize) -> [Option<usize>; 4] {
    let (col, row) = (at % cols, at / cols);
    [
        (col > 0).then(|| at - 1),
        (col + 1 < cols).then(|| at + 1),
        (row > 0).then(|| at - cols),
        (row + 1 < rows).then(|| at + cols),
    ]
}

/// Ids of the foreground, grown into foreground without one.
fn spread_ids(particles: &Raster<u32>, is_solid: &Raster<bool>) -> Vec<u32> {
    let (cols, rows) = (particles.cols(), particles.rows());
    let mut ids: Vec<u32> = particles
        .data()
        .iter()
        .zip(is_solid.data())
        .map(|(&id, &solid)| if solid { id } else { 0 })
        .collect();
    let mut open: VecDeque<usize> = (0..ids.len()).filter(|&i| ids[i] != 0).collect();
    while let Some(at) = open.pop_front() {
        for to in neighbours(cols, rows, at).into_iter().flatten() {
            if ids[to] == 0 && is_solid.data()[to] {
                ids[to] = ids[at];
                open.push_back(to);
            }
        }
    }
    ids
}

/// Connected pieces of equal id.
struct Pieces {
    cols: usize,
    rows: usize,
    /// Piece of each pixel, from 0; `NONE` off the foreground.
    piece: Vec<u32>,
    /// Particle id of each piece.
    ids: Vec<u32>,
    pixels: Vec<u64>,
}

pub(super) const NONE: u32 = u32::MAX;

impl Pieces {
    fn of(ids: &[u32], is_solid: &Raster<bool>) -> Self {
        let (cols, rows) = (is_solid.cols(), is_solid.rows());
        let mut pieces = Self {
            cols,
            rows,
            piece: vec![NONE; ids.len()],
            ids: Vec::new(),
            pixels: Vec::new(),
        };
        let mut open = Vec::new();
        for seed in 0..ids.len() {
            if !is_solid.data()[seed] || pieces.piece[seed] != NONE {
                continue;
            }
            let number = pieces.ids.len() as u32;
            let mut pixels = 0;
            pieces.piece[seed] = number;
            open.push(seed);
            while let Some(at) = open.pop() {
                pixels += 1;
                for to in neighbours(cols, rows, at).into_iter().flatten() {
                    if is_solid.data()[to] && ids[to] == ids[seed] && pieces.piece[to] == NONE {
                        pieces.piece[to] = number;
                        open.push(to);
                    }
                }
            }
            pieces.ids.push(ids[seed]);
            pieces.pixels.push(pixels);
        }
        pieces
    }

    /// For each piece the one that it counts for: itself, or for a speck its neighbour with the
    /// longest common border (the first of equals), or `NONE`.
    fn without_specks(&self, smallest_px: f64) -> Vec<u32> {
        let is_speck = |piece: u32| (self.pixels[piece as usize] as f64) < smallest_px;
        let mut contacts: Vec<(u32, u32)> = Vec::new();
        for (at, &piece) in self.piece.iter().enumerate() {
            if piece == NONE || !is_speck(piece) {
                continue;
            }
            for to in neighbours(self.cols, self.rows, at).into_iter().flatten() {
                let other = self.piece[to];
                if other != NONE && other != piece && !is_speck(other) {
                    contacts.push((piece, other));
                }
            }
        }
        contacts.sort_unstable();
        let mut longest = vec![(0usize, NONE); self.ids.len()];
        for run in contacts.chunk_by(|a, b| a == b) {
            let (speck, other) = run[0];
            let best = &mut longest[speck as usize];
            if run.len() > best.0 {
                *best = (run.len(), other);
            }
        }
        (0..self.ids.len() as u32)
            .map(|piece| match is_speck(piece) {
                false => piece,
                true => longest[piece as usize].1,
            })
            .collect()
    }
}

/// Inclusive bounding box: lowest and highest column and row.
type Bounds = [usize; 4];

fn measure(
    section: &Section,
    index: u32,
    minerals: &Minerals,
    pieces: &ProfilePieces,
    classes: &[u8],
) -> Vec<Profile> {
    let (cols, rows) = (section.classes.cols(), section.classes.rows());
    let pixel_um2 = section.pixel_um * section.pixel_um;
    let count = pieces.particles.len();
    let mut counts = vec![0u64; count * minerals.len()];
    let mut bounds: Vec<Bounds> = vec![[usize::MAX, 0, usize::MAX, 0]; count];
    let mut is_cut = vec![false; count];
    for (at, &piece) in pieces.of_pixel.iter().enumerate() {
        if piece == NONE {
            continue;
        }
        let piece = piece as usize;
        counts[piece * minerals.len() + usize::from(classes[at])] += 1;
        let (col, row) = (at % cols, at / cols);
        let [left, right, top, bottom] = &mut bounds[piece];
        (*left, *right) = ((*left).min(col), (*right).max(col));
        (*top, *bottom) = ((*top).min(row), (*bottom).max(row));
        is_cut[piece] |= neighbours(cols, rows, at)
            .iter()
            .any(|to| to.is_none_or(|to| !section.counted.data()[to]));
    }
    let frame = Frame::new(&section.counted);
    (0..count)
        .filter(|&piece| pieces.particles[piece] != NONE)
        .map(|piece| {
            let counts = &counts[piece * minerals.len()..(piece + 1) * minerals.len()];
            Profile {
                section: index,
                particle: pieces.particles[piece],
                mineral_area_um2: counts.iter().map(|&n| n as f64 * pixel_um2).collect(),
                is_cut: is_cut[piece],
                frame_weight: if is_cut[piece] {
                    0.0
                } else {
                    frame.weight(bounds[piece])
                },
            }
        })
        .collect()
}

/// The part of a section that was seen, with its summed-area table.
struct Frame {
    cols: usize,
    rows: usize,
    /// Pixels inside, above and to the left; `(rows + 1) x (cols + 1)`.
    sums: Vec<u32>,
}

impl Frame {
    fn new(inside: &Raster<bool>) -> Self {
        let (cols, rows) = (inside.cols(), inside.rows());
        let mut sums = vec![0; (cols + 1) * (rows + 1)];
        for row in 0..rows {
            let mut line = 0;
            for col in 0..cols {
                line += u32::from(inside.at(col, row));
                sums[(row + 1) * (cols + 1) + col + 1] = sums[row * (cols + 1) + col + 1] + line;
            }
        }
        Self { cols, rows, sums }
    }

    /// Pixels inside, of the box from `(col, row)`.
    fn count(&self, col: usize, row: usize, width: usize, height: usize) -> u32 {
        let at = |c: usize, r: usize| self.sums[r * (self.cols + 1) + c];
        at(col + width, row + height) + at(col, row) - at(col + width, row) - at(col, row + height)
    }

    /// 1 over the chance that a box of this size, and the rim that shows it to be whole, lies
    /// inside; 0 when this one does not.
    fn weight(&self, [left, right, top, bottom]: Bounds) -> f64 {
        let (width, height) = (right - left + 3, bottom - top + 3);
        if left == 0 || top == 0 || right + 1 >= self.cols || bottom + 1 >= self.rows {
            return 0.0;
        }
        let area = (width * height) as u32;
        if self.count(left - 1, top - 1, width, height) < area {
            return 0.0;
        }
        let all = self.count(0, 0, self.cols, self.rows);
        let (across, down) = (self.cols - width + 1, self.rows - height + 1);
        let places = if all as usize == self.cols * self.rows {
            across * down
        } else {
            (0..down)
                .map(|row| {
                    (0..across)
                        .filter(|&col| self.count(col, row, width, height) == area)
                        .count()
                })
                .sum()
        };
        f64::from(all) / places as f64
    }
}

#[cfg(test)]
mod tests {
    use corelith_core::Mineral;

    use super::*;
    use crate::stereology::small_grains_pct;

    fn minerals() -> Minerals {
        let row = |name: &str, grey| Mineral {
            name: name.to_owned(),
            rgb: [grey; 3],
            density_g_cm3: None,
        };
        Minerals::new(vec![row("Resin", 0), row("A", 1), row("B", 2)], "Resin").unwrap()
    }

    /// A section from digits: classes in one picture, particles in another.
    fn section(classes: &[&str], particles: &[&str]) -> Section {
        let (rows, cols) = (classes.len(), classes[0].len());
        let digit = |picture: &[&str], col: usize, row: usize| picture[row].as_bytes()[col] - b'0';
        Section {
            name: "test".to_owned(),
            classes: Raster::from_fn(rows, cols, |c, r| digit(classes, c, r)),
            particles: Raster::from_fn(rows, cols, |c, r| u32::from(digit(particles, c, r))),
            counted: Raster::filled(rows, cols, true),
            pixel_um: 2.0,
        }
    }

    fn settings(smallest_profile_um: f64) -> Settings {
        Settings {
            smallest_profile_um,
            smallest_grain_um: 0.0,
            ..Settings::default()
        }
    }

    #[test]
    fn ids_part_what_touches_and_spread_over_what_has_none() {
        let section = section(
            &["000000", "011220", "011220", "000000", "000022"],
            &["000000", "010020", "010020", "000000", "000000"],
        );
        let found = profiles(&section, 7, &minerals(), &settings(0.0)).unwrap();
        let seen: Vec<_> = found
            .iter()
            .map(|p| (p.section, p.particle, p.mineral_area_um2.clone(), p.is_cut))
            .collect();
        assert_eq!(
            seen,
            [
                (7, 1, vec![0.0, 16.0, 0.0], false),
                (7, 2, vec![0.0, 0.0, 16.0], false),
                (7, 0, vec![0.0, 0.0, 8.0], true),
            ]
        );
    }

    #[test]
    fn specks_join_their_longest_neighbour_or_go() {
        let section = section(
            &["0000000", "0111110", "0111110", "0000000", "0000010"],
            &["0000000", "0111220", "0111120", "0000000", "0000030"],
        );
        let found = profiles(&section, 0, &minerals(), &settings(5.0)).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].particle, 1);
        assert_eq!(found[0].area_um2(), 40.0);
    }

    #[test]
    fn a_mislabelled_pixel_does_not_make_a_pure_profile_impure() {
        let section = section(
            &["00000000", "01111100", "01121120", "01111220", "00000000"],
            &["00000000", "01111100", "01111110", "01111110", "00000000"],
        );
        let share_of_b = |smallest_grain_um| {
            let settings = Settings {
                smallest_grain_um,
                ..settings(0.0)
            };
            let found = profiles(&section, 0, &minerals(), &settings).unwrap();
            assert_eq!(found.len(), 1);
            assert_eq!(found[0].area_um2(), 68.0);
            found[0].mineral_area_um2[2]
        };
        // Pixels of 4 um2: one alone, three together.
        assert_eq!(share_of_b(0.0), 16.0);
        assert_eq!(share_of_b(3.0), 12.0);
        assert_eq!(share_of_b(5.0), 0.0);
        let settings = Settings {
            smallest_grain_um: 3.0,
            ..settings(0.0)
        };
        let taken = small_grains_pct(&section, &minerals(), &settings).unwrap();
        assert!(taken[0].is_nan());
        assert_eq!(taken[1..], [0.0, 25.0]);
    }

    #[test]
    fn frame_weights_count_the_places_of_the_box() {
        let section = section(
            &["000000", "011000", "000000", "000000"],
            &["000000", "011000", "000000", "000000"],
        );
        let found = profiles(&section, 0, &minerals(), &settings(0.0)).unwrap();
        // A 4 x 3 box with its rim has 3 x 2 places among 24 pixels.
        assert_eq!(found[0].frame_weight, 4.0);
        // The same by counting, when one corner was not seen: two boxes fewer fit.
        let mut cornered = section.clone();
        cornered.counted.data_mut()[23] = false;
        let found = profiles(&cornered, 0, &minerals(), &settings(0.0)).unwrap();
        assert_eq!(found[0].frame_weight, 23.0 / 5.0);
    }

    #[test]
    fn labels_past_the_list_are_refused() {
        let section = section(&["03"], &["00"]);
        let error = profiles(&section, 0, &minerals(), &settings(0.0)).unwrap_err();
        assert!(error.to_string().contains("the class 3"), "{error}");
    }
}
