//! Colours that people with any colour vision can tell apart (Okabe and Ito 2008).

use corelith_stats::liberation::Basis;

use crate::picture::Rgb;

pub const BLUE: Rgb = [0, 114, 178];
pub const SKY: Rgb = [86, 180, 233];
pub const GREEN: Rgb = [0, 158, 115];
pub const ORANGE: Rgb = [230, 159, 0];
pub const VERMILLION: Rgb = [213, 94, 0];
pub const PURPLE: Rgb = [204, 121, 167];
pub const INK: Rgb = [34, 34, 34];

/// CSS colour.
pub fn css([r, g, b]: Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// Colour of a particle in label pictures: neighbours by number differ, 0 is the dark ground.
pub fn of_particle(id: u32) -> Rgb {
    const COLOURS: [Rgb; 7] = [SKY, ORANGE, GREEN, PURPLE, [240, 228, 66], VERMILLION, BLUE];
    if id == 0 {
        return [24; 3];
    }
    // Fibonacci hashing spreads consecutive numbers over colours and shades.
    let hash = id.wrapping_mul(0x9e37_79b9);
    let shade = 70 + (hash >> 8) % 31;
    COLOURS[(hash >> 16) as usize % COLOURS.len()].map(|c| (u32::from(c) * shade / 100) as u8)
}

/// How a basis is drawn: colour, dash pattern and marker, so that none depends on colour alone.
pub fn of_basis(basis: Basis) -> (Rgb, &'static str, Marker) {
    match basis {
        Basis::Volume3d => (INK, "", Marker::Circle),
        Basis::Surface3d => (GREEN, "8 4", Marker::Square),
        Basis::Area2dMaps => (VERMILLION, "2 3", Marker::Triangle),
        Basis::Area2dVirtual => (PURPLE, "8 3 2 3", Marker::Cross),
        Basis::Area2dRandom => (BLUE, "5 3", Marker::Diamond),
    }
}

/// Shape of the points of a curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marker {
    Circle,
    Square,
    Triangle,
    Diamond,
    Cross,
}
