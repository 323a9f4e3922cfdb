//! Phantoms that look like the scan, to learn from beside the planes.

use corelith_core::{PlacedMap, seed_of};
use corelith_phantom::{CtLook, LookAlike, PhantomSettings, look_alikes};
use corelith_unet::{LabelledVolume, Scan};

use crate::session::Session;

/// Voxels of a phantom `[nz, ny, nx]`: some fifty particles.
pub const SHAPE_VOX: [usize; 3] = [72, 128, 128];

/// Packings of these phantoms: hardly touching, and touching everywhere.
pub const PACKINGS: usize = 2;

/// The settings that the `i`-th phantom is drawn around: both fractions take turns, then the
/// first `packings` of hardly touching, touching everywhere and dense.
pub fn base(i: usize, packings: usize, shape_vox: [usize; 3]) -> PhantomSettings {
    let fraction = if i.is_multiple_of(2) {
        PhantomSettings::slag_63_100()
    } else {
        PhantomSettings::slag_100_250()
    };
    let mut settings = match i / 2 % packings {
        0 => fraction,
        1 => fraction.touching(),
        _ => fraction.dense(),
    };
    settings.shape_vox = shape_vox;
    settings.maps.training = 0;
    settings.maps.validation = 0;
    settings
}

/// As many phantoms as the settings ask for; none when the look of the minerals is unknown.
///
/// # Errors
/// When the user stops it.
pub fn phantoms(
    session: &Session,
    scan: &Scan<'_>,
    maps: &[PlacedMap],
) -> anyhow::Result<Vec<LabelledVolume>> {
    let wanted = session.project.training.phantoms;
    if wanted == 0 || session.project.training.rehearsal == Some(0.0) {
        return Ok(Vec::new());
    }
    let minerals = &session.minerals;
    let Scan { ct, grey } = *scan;
    let look = CtLook::measure(
        ct,
        [grey.resin, grey.threshold],
        maps,
        minerals.len(),
        minerals.background(),
    );
    tracing::debug!("{look:?}");
    let made = look_alikes(
        &look,
        minerals,
        wanted,
        seed_of(session.seed, "rehearsal"),
        &session.terminal,
    )?;
    if made.is_empty() {
        session.say("  no phantoms: the maps show no mineral in regions large enough");
        return Ok(Vec::new());
    }
    let volumes = made
        .into_iter()
        .map(|LookAlike { ct, phases }| LabelledVolume {
            ct,
            classes: phases,
        })
        .collect();
    session.say(&format!(
        "  {wanted} phantoms that look like the scan: resin {:.0}{}",
        look.resin_grey,
        look.noise
            .map_or_else(String::new, |(noise, correlation)| format!(
                ", noise {noise:.0}, correlation {correlation:.2}"
            ))
    ));
    Ok(volumes)
}
