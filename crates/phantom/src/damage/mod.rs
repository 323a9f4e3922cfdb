//! What polishing, mounting and imaging do to a section: particles torn out or pressed in,
//! scratches, frames of a mosaic out of place or missing, unmeasured spots, charging.

mod frames;
mod imaging;
mod particles;

use corelith_core::{OutOfRange, RangedSettings as _, seed_of, settings};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use self::frames::shift_frames;
use self::imaging::{charge, scratch, spot};
use self::particles::{press_in, tear_out};
use crate::{PhantomError, PhantomMap};

settings! {
    /// How a map is damaged. The default leaves it as it is.
    pub struct DamageSettings {
        /// Share of the particle sections that are torn out: the map shows resin.
        pub torn_out: f64 = 0.0, in [0 to 1];
        /// Sections that are pressed into the resin from elsewhere, over those that there are.
        pub added: f64 = 0.0, in [0 to 1];
        /// Scratches across the whole map, each 1 to 3 pixels wide: resin in the map, dark in BSE.
        pub scratches: usize = 0;
        /// Frames of the mosaic along columns and along rows; 0 or 1 for a single one.
        pub frames: [usize; 2] = [0; 2];
        /// Largest shift of a frame along columns and along rows, pixels.
        pub frame_shift_px: f64 = 0.0, in [0 to 1000];
        /// Largest deviation of a frame's BSE brightness from 1.
        pub frame_brightness: f64 = 0.0, in [0 to 0.5];
        /// Frames that are missing: [`UNMEASURED`].
        pub missing_frames: usize = 0;
        /// Share of the map that is [`UNMEASURED`] in round spots.
        pub unmeasured: f64 = 0.0, in [0 to 0.8];
        /// Charging: BSE of streaks along rows and of single sections is brighter by up to this
        /// share.
        pub charging: f64 = 0.0, in [0 to 2];
    }
}

/// A damaged map and what was done to it.
#[derive(Debug, Clone, PartialEq)]
pub struct DamagedMap {
    /// The map as a laboratory would hand it over. Its `coords_vox` are exact for what each pixel
    /// shows, shifts of frames included; its truths show the sound section.
    pub map: PhantomMap,
    /// Particles that were torn out.
    pub torn_out: Vec<u32>,
    /// Sections that were pressed in.
    pub added: usize,
    /// First column and first row of the frames.
    pub frame_starts: [Vec<usize>; 2],
    /// Shift of the content of each frame along columns and rows, pixels, frames row by row: pixel
    /// `(col, row)` shows what lay at `(col, row)` minus the shift.
    pub frame_shifts_px: Vec<[f64; 2]>,
}

/// Damages a map. The same settings and seed give the same damage.
///
/// # Errors
/// A setting out of range.
pub fn damaged(
    map: &PhantomMap,
    settings: &DamageSettings,
    seed: u64,
) -> Result<DamagedMap, PhantomError> {
    settings.check_ranges().map_err(|wrong| OutOfRange {
        name: format!("damage.{}", wrong.name),
        ..wrong
    })?;
    let mut rng = ChaCha8Rng::seed_from_u64(seed_of(seed, "phantom damage"));
    let mut map = map.clone();
    let resin_grey = resin_grey(&map);
    let torn_out = tear_out(&mut map, settings.torn_out, resin_grey, &mut rng);
    let added = press_in(&mut map, settings.added, &mut rng);
    charge(&mut map, settings.charging, &mut rng);
    for _ in 0..settings.scratches {
        scratch(&mut map, resin_grey, &mut rng);
    }
    let (frame_starts, frame_shifts_px) = shift_frames(&mut map, settings, &mut rng);
    spot(&mut map, settings.unmeasured, &mut rng);
    Ok(DamagedMap {
        map,
        torn_out,
        added,
        frame_starts,
        frame_shifts_px,
    })
}

/// Mean BSE grey of the resin.
fn resin_grey(map: &PhantomMap) -> u8 {
    let (mut sum, mut count) = (0usize, 0usize);
    for (&class, &grey) in map.classes.data().iter().zip(map.bse.data()) {
        if class == 0 {
            sum += usize::from(grey);
            count += 1;
        }
    }
    (sum / count.max(1)) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PhantomSettings, Scene};
    use corelith_core::{Silent, UNMEASURED};

    fn map() -> PhantomMap {
        let settings = PhantomSettings {
            shape_vox: [40, 100, 100],
            ..PhantomSettings::default()
        };
        let scene = Scene::new(&settings, 3, &Silent).unwrap();
        scene.map(0, &Silent).unwrap()
    }

    #[test]
    fn no_damage_changes_nothing() {
        let sound = map();
        let same = damaged(&sound, &DamageSettings::default(), 1).unwrap();
        assert_eq!(same.map, sound);
        assert!(same.torn_out.is_empty());
        assert_eq!(same.frame_shifts_px, [[0.0, 0.0]]);
    }

    #[test]
    fn torn_out_particles_are_resin_and_the_others_stay() {
        let sound = map();
        let settings = DamageSettings {
            torn_out: 0.4,
            ..DamageSettings::default()
        };
        let hurt = damaged(&sound, &settings, 2).unwrap();
        assert!(!hurt.torn_out.is_empty());
        for (i, id) in sound.particles_truth.data().iter().enumerate() {
            if hurt.torn_out.contains(id) {
                assert_eq!(hurt.map.classes.data()[i], 0);
            } else if *id > 0 {
                assert_eq!(hurt.map.classes.data()[i], sound.classes.data()[i]);
            }
        }
    }

    #[test]
    fn coordinates_follow_what_a_shifted_frame_shows() {
        let sound = map();
        let settings = DamageSettings {
            frames: [2, 3],
            frame_shift_px: 3.0,
            missing_frames: 1,
            ..DamageSettings::default()
        };
        let hurt = damaged(&sound, &settings, 5).unwrap();
        let [across, down] = &hurt.frame_starts;
        assert_eq!((across.len(), down.len()), (2, 3));
        let (cols, mut unmeasured) = (sound.classes.cols(), 0);
        for i in 0..sound.classes.len() {
            if hurt.map.classes.data()[i] == UNMEASURED {
                unmeasured += 1;
                continue;
            }
            let (col, row) = (i % cols, i / cols);
            let frame = usize::from(row >= down[1]) + usize::from(row >= down[2]);
            let frame = 2 * frame + usize::from(col >= across[1]);
            let [dx, dy] = hurt.frame_shifts_px[frame];
            let from = ((col as f64 - dx).round(), (row as f64 - dy).round());
            let (from_col, from_row) = (from.0 as usize, from.1 as usize);
            assert_eq!(
                hurt.map.classes.at(col, row),
                sound.classes.at(from_col, from_row)
            );
            for axis in 0..3 {
                assert_eq!(
                    hurt.map.coords_vox[axis].at(col, row),
                    sound.coords_vox[axis].at(from_col, from_row)
                );
            }
        }
        let frame = sound.classes.len() / 6;
        assert!(unmeasured >= frame && unmeasured < 2 * frame);
    }

    #[test]
    fn a_share_out_of_range_is_named() {
        let settings = DamageSettings {
            unmeasured: 0.9,
            ..DamageSettings::default()
        };
        let error = damaged(&map(), &settings, 1).unwrap_err().to_string();
        assert!(error.contains("damage.unmeasured"), "{error}");
    }
}
