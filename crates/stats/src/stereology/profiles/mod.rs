//! The profiles of a section.

mod frame;
mod pieces;
mod profile;
#[cfg(test)]
mod tests;

use corelith_core::{Minerals, RangedSettings as _};

use super::small_grains::without_small_grains;
use super::{Section, Settings, StereologyError};
use frame::{Bounds, Frame};
use pieces::ProfilePieces;

pub(super) use pieces::{NONE, neighbours, pieces_of};
pub use profile::Profile;

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
