//! What polishing, mounting and imaging do to a section: particles torn out or pressed in,
//! scratches, frames of a mosaic out of place or missing, unmeasured spots, charging; and fillers
//! in the resin of the CT.

use corelith_core::{OutOfRange, RangedSettings as _, UNMEASURED, Volume, seed_of, settings};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

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

/// Puts grains of filler into the resin of a CT volume: balls of 1 to 3 voxels radius of one grey,
/// until they fill `share` of the volume. Voxels with a class other than 0 in `phases` stay.
///
/// # Panics
/// When the volumes differ in shape.
pub fn fill_resin(ct: &mut Volume<u16>, phases: &Volume<u8>, share: f64, grey: u16, seed: u64) {
    assert_eq!(ct.shape(), phases.shape(), "the volumes differ in shape");
    let mut rng = ChaCha8Rng::seed_from_u64(seed_of(seed, "phantom filler"));
    let [nz, ny, nx] = ct.shape();
    let wanted = (share * ct.len() as f64) as usize;
    let mut filled = 0;
    // Densely packed samples leave little room.
    for _ in 0..wanted {
        if filled >= wanted {
            break;
        }
        let radius: f64 = rng.random_range(1.0..3.0);
        let centre = [nx, ny, nz].map(|n| rng.random_range(0.0..n as f64));
        let reach = |axis: usize, n: usize| {
            let from = (centre[axis] - radius).ceil().max(0.0) as usize;
            from..((centre[axis] + radius).floor().max(0.0) as usize + 1).min(n)
        };
        for z in reach(2, nz) {
            for y in reach(1, ny) {
                for x in reach(0, nx) {
                    let from_centre: f64 = [x, y, z]
                        .iter()
                        .zip(centre)
                        .map(|(&at, c)| (at as f64 - c).powi(2))
                        .sum();
                    let i = (z * ny + y) * nx + x;
                    if from_centre <= radius * radius && phases.data()[i] == 0 {
                        let own = ct.data()[i];
                        // Half of the noise stays.
                        ct.data_mut()[i] = own / 2 + grey / 2;
                        filled += 1;
                    }
                }
            }
        }
    }
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

fn particles(map: &PhantomMap) -> Vec<u32> {
    let mut ids: Vec<u32> = map.particles_truth.data().to_vec();
    ids.sort_unstable();
    ids.dedup();
    ids.retain(|&id| id > 0);
    ids
}

fn tear_out(map: &mut PhantomMap, share: f64, resin: u8, rng: &mut ChaCha8Rng) -> Vec<u32> {
    let mut torn = particles(map);
    torn.retain(|_| rng.random_bool(share));
    // Rough rims show a particle one pixel beyond its true section.
    let (rows, cols) = (map.classes.rows(), map.classes.cols());
    let near = |col: usize, row: usize, id: &dyn Fn(u32) -> bool| {
        (row.saturating_sub(2)..(row + 3).min(rows)).any(|r| {
            (col.saturating_sub(2)..(col + 3).min(cols)).any(|c| id(map.particles_truth.at(c, r)))
        })
    };
    let is_torn = |id: u32| torn.binary_search(&id).is_ok();
    let gone: Vec<usize> = (0..if torn.is_empty() { 0 } else { rows * cols })
        .filter(|&i| {
            let own = map.particles_truth.data()[i];
            is_torn(own) || (own == 0 && near(i % cols, i / cols, &is_torn))
        })
        .collect();
    for i in gone {
        map.classes.data_mut()[i] = 0;
        let noise: u8 = rng.random_range(0..12);
        map.bse.data_mut()[i] = resin.saturating_sub(6).saturating_add(noise);
    }
    torn
}

/// Copies sections of the same map, turned by a half, to places that show resin only.
fn press_in(map: &mut PhantomMap, share: f64, rng: &mut ChaCha8Rng) -> usize {
    const TRIES: usize = 200;
    let ids = particles(map);
    let wanted = (share * ids.len() as f64).round() as usize;
    let (rows, cols) = (map.classes.rows() as i64, map.classes.cols() as i64);
    let (classes, bse) = (map.classes.clone(), map.bse.clone());
    let mut added = 0;
    for _ in 0..TRIES {
        if added == wanted || ids.is_empty() {
            break;
        }
        let id = ids[rng.random_range(0..ids.len())];
        let pixels: Vec<i64> = (0..rows * cols)
            .filter(|&i| map.particles_truth.data()[i as usize] == id)
            .filter(|&i| classes.data()[i as usize] > 0)
            .collect();
        let Some(&first) = pixels.first() else {
            continue;
        };
        let (to_col, to_row) = (rng.random_range(0..cols), rng.random_range(0..rows));
        let target = |i: i64| {
            let col = to_col - (i % cols - first % cols);
            let row = to_row - (i / cols - first / cols);
            ((0..cols).contains(&col) && (0..rows).contains(&row))
                .then_some((row * cols + col) as usize)
        };
        let inside: Vec<(usize, usize)> = pixels
            .iter()
            .filter_map(|&i| Some((i as usize, target(i)?)))
            .collect();
        let covered = inside.iter().filter(|(_, to)| map.classes.data()[*to] > 0);
        if 2 * inside.len() < pixels.len() || 10 * covered.count() > inside.len() {
            continue;
        }
        for (from, to) in inside {
            map.classes.data_mut()[to] = classes.data()[from];
            map.bse.data_mut()[to] = bse.data()[from];
        }
        added += 1;
    }
    added
}

fn charge(map: &mut PhantomMap, strength: f64, rng: &mut ChaCha8Rng) {
    if strength == 0.0 {
        return;
    }
    let cols = map.bse.cols();
    let ids = particles(map);
    let bright: Vec<u32> = ids.into_iter().filter(|_| rng.random_bool(0.15)).collect();
    let gain_of_particles = 1.0 + strength * rng.random_range(0.5..1.0);
    let mut streak = 1.0;
    let classes = map.particles_truth.data();
    for (row, line) in map.bse.data_mut().chunks_mut(cols).enumerate() {
        if rng.random_bool(0.1) {
            streak = 1.0 + strength * rng.random_range(0.0..0.5);
        }
        for (col, grey) in line.iter_mut().enumerate() {
            let own = if bright.binary_search(&classes[row * cols + col]).is_ok() {
                gain_of_particles
            } else {
                1.0
            };
            *grey = (f64::from(*grey) * own * streak).round().min(255.0) as u8;
        }
    }
}

fn scratch(map: &mut PhantomMap, resin: u8, rng: &mut ChaCha8Rng) {
    let (rows, cols) = (map.classes.rows(), map.classes.cols());
    let angle: f64 = rng.random_range(0.0..std::f64::consts::PI);
    let half_width: f64 = rng.random_range(0.5..1.5);
    let through = [
        rng.random_range(0.0..cols as f64),
        rng.random_range(0.0..rows as f64),
    ];
    let (sin, cos) = angle.sin_cos();
    for row in 0..rows {
        for col in 0..cols {
            let away = (col as f64 - through[0]) * sin - (row as f64 - through[1]) * cos;
            if away.abs() <= half_width {
                let i = row * cols + col;
                map.classes.data_mut()[i] = 0;
                map.bse.data_mut()[i] = resin / 2;
            }
        }
    }
}

/// First pixels of `count` frames of nearly equal size.
fn starts(pixels: usize, count: usize) -> Vec<usize> {
    (0..count).map(|k| k * pixels / count).collect()
}

fn shift_frames(
    map: &mut PhantomMap,
    settings: &DamageSettings,
    rng: &mut ChaCha8Rng,
) -> ([Vec<usize>; 2], Vec<[f64; 2]>) {
    let (rows, cols) = (map.classes.rows(), map.classes.cols());
    let [across, down] = settings.frames.map(|n| n.max(1));
    let frame_starts = [starts(cols, across), starts(rows, down)];
    let most = settings.frame_shift_px;
    let mut draw = |most: f64| {
        if most > 0.0 {
            rng.random_range(-most..=most)
        } else {
            0.0
        }
    };
    let shifts: Vec<[f64; 2]> = (0..across * down)
        .map(|_| [draw(most), draw(most)])
        .collect();
    let gains: Vec<f64> = (0..across * down)
        .map(|_| 1.0 + draw(settings.frame_brightness))
        .collect();
    let mut missing = vec![false; across * down];
    for _ in 0..settings.missing_frames.min(across * down) {
        let frame = rng.random_range(0..missing.len());
        missing[frame] = true;
    }
    let frame_of = |col: usize, row: usize| {
        let index = |starts: &[usize], at: usize| starts.partition_point(|&s| s <= at) - 1;
        index(&frame_starts[1], row) * across + index(&frame_starts[0], col)
    };
    let source = map.clone();
    for row in 0..rows {
        for col in 0..cols {
            let frame = frame_of(col, row);
            let [from_col, from_row] = [
                (col as f64 - shifts[frame][0]).round(),
                (row as f64 - shifts[frame][1]).round(),
            ];
            let i = row * cols + col;
            let there = (0.0..cols as f64).contains(&from_col)
                && (0.0..rows as f64).contains(&from_row)
                && !missing[frame];
            if !there {
                map.classes.data_mut()[i] = UNMEASURED;
                map.bse.data_mut()[i] = 0;
                continue;
            }
            let from = from_row as usize * cols + from_col as usize;
            map.classes.data_mut()[i] = source.classes.data()[from];
            map.phases_truth.data_mut()[i] = source.phases_truth.data()[from];
            map.particles_truth.data_mut()[i] = source.particles_truth.data()[from];
            for (to, from_raster) in map.coords_vox.iter_mut().zip(&source.coords_vox) {
                to.data_mut()[i] = from_raster.data()[from];
            }
            let grey = f64::from(source.bse.data()[from]) * gains[frame];
            map.bse.data_mut()[i] = grey.round().min(255.0) as u8;
        }
    }
    (frame_starts, shifts)
}

fn spot(map: &mut PhantomMap, share: f64, rng: &mut ChaCha8Rng) {
    let (rows, cols) = (map.classes.rows(), map.classes.cols());
    let wanted = (share * (rows * cols) as f64) as usize;
    let mut gone = 0;
    while gone < wanted {
        let radius = rows.min(cols) as f64 * rng.random_range(0.03..0.12);
        let centre = [
            rng.random_range(0.0..cols as f64),
            rng.random_range(0.0..rows as f64),
        ];
        for row in 0..rows {
            for col in 0..cols {
                let i = row * cols + col;
                let away = (col as f64 - centre[0]).hypot(row as f64 - centre[1]);
                if away <= radius && map.classes.data()[i] != UNMEASURED {
                    map.classes.data_mut()[i] = UNMEASURED;
                    map.bse.data_mut()[i] = 0;
                    gone += 1;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PhantomSettings, Scene};
    use corelith_core::Silent;

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
