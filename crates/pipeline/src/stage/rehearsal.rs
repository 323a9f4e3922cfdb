//! Phantoms that look like the scan, to learn from beside the planes.

use corelith_core::{Minerals, PlacedMap, seed_of};
use corelith_phantom::{CtLook, LookAlike, look_alikes};
use corelith_unet::{LabelledVolume, Scan, Settings};

use crate::{Context, Error};

/// As many phantoms as the settings ask for; none when the look of the minerals is unknown.
///
/// # Errors
/// When the scan has no contrast, or the user stops it.
pub fn phantoms(
    scan: &Scan<'_>,
    maps: &[PlacedMap],
    minerals: &Minerals,
    settings: &Settings,
    seed: u64,
    context: &Context<'_>,
) -> Result<Vec<LabelledVolume>, Error> {
    let wanted = settings.phantoms;
    if wanted == 0 || settings.rehearsal == Some(0.0) {
        return Ok(Vec::new());
    }
    let Scan { ct, grey } = *scan;
    let look = CtLook::measure(
        ct,
        [grey.resin, grey.threshold],
        maps,
        minerals.len(),
        minerals.background(),
    );
    tracing::debug!("{look:?}");
    let seed = seed_of(seed, "rehearsal");
    let made = look_alikes(&look, minerals, wanted, seed, context.progress)?;
    if made.is_empty() {
        context.say("  no phantoms: the maps show no mineral in regions large enough");
        return Ok(Vec::new());
    }
    context.say(&format!(
        "  {} phantoms that look like the scan: resin {:.0}{}",
        made.len(),
        look.resin_grey,
        look.noise
            .map_or_else(String::new, |(noise, correlation)| format!(
                ", noise {noise:.0}, correlation {correlation:.2}"
            ))
    ));
    let volumes = made.into_iter();
    Ok(volumes
        .map(|LookAlike { ct, phases }| LabelledVolume {
            ct,
            classes: phases,
        })
        .collect())
}
