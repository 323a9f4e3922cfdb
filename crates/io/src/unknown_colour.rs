//! What is said of a colour that is not in the mineral list.

use std::path::PathBuf;

/// A map colour that is not in the mineral list.
#[derive(Debug, thiserror::Error)]
#[error(
    "{path}: colour ({}, {}, {}) is not in the mineral list{}: {pixels} pixels, the first at \
     column {column}, row {row} ({share_pct:.2} % of the map have such colours); the nearest \
     mineral is {nearest} ({}, {}, {}). Either, {ways}",
    rgb[0], rgb[1], rgb[2], others(*further_colours), nearest_rgb[0], nearest_rgb[1], nearest_rgb[2]
)]
pub struct UnknownColour {
    /// The mineral map.
    pub path: PathBuf,
    /// The most frequent unknown colour.
    pub rgb: [u8; 3],
    /// Pixels of that colour.
    pub pixels: u64,
    /// Column of its first pixel.
    pub column: usize,
    /// Row of its first pixel.
    pub row: usize,
    /// Mineral with the nearest colour.
    pub nearest: String,
    /// Its colour.
    pub nearest_rgb: [u8; 3],
    /// Further unknown colours in the same map.
    pub further_colours: usize,
    /// Share of the pixels whose colour is not in the list.
    pub share_pct: f64,
    /// The least `colour_tolerance` that is proposed and reads the map, where one does.
    pub colour_tolerance: Option<f32>,
    /// What to do, in words.
    pub ways: String,
}

fn others(further: usize) -> String {
    match further {
        0 => String::new(),
        1 => " (nor is 1 other colour)".to_owned(),
        n => format!(" (nor are {n} other colours)"),
    }
}
