use std::collections::VecDeque;

use corelith_core::{Minerals, Raster};

use crate::stereology::{Section, Settings};

/// The profiles of a section, not yet measured.
pub(in crate::stereology) struct ProfilePieces {
    /// Profile of each pixel, `NONE` where there is none.
    pub(in crate::stereology) of_pixel: Vec<u32>,
    /// Particle of each profile; `NONE` for a number that no profile has.
    pub(super) particles: Vec<u32>,
}

/// Steps 1 to 4 of [`profiles`](super::profiles).
pub(in crate::stereology) fn pieces_of(
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
pub(in crate::stereology) fn neighbours(cols: usize, rows: usize, at: usize) -> [Option<usize>; 4] {
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

pub(in crate::stereology) const NONE: u32 = u32::MAX;

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
