//! CT volumes that are stored with bright and dark exchanged.

use corelith_core::Volume;

use super::evening::otsu;

/// Voxels that are looked at, about.
const SAMPLED: usize = 1 << 20;

/// Share of the background, in maps, from which on the share of bright voxels tells resin from
/// particles.
const RESIN_MIN: f64 = 0.55;

/// How far the shares of a volume may be off those of its sections.
const OFF_MAX: f64 = 0.05;

/// Says that particles are likely darker than resin; `None` where nothing speaks for it. `resin` is
/// the share of the background in the sections through the volume.
///
/// Particles are denser than resin, and air around the sample is dark as well: no more than the rest
/// of the volume is bright. Where more is bright than what particles there are in the sections, and
/// as much as the resin, the greys are exchanged.
pub fn ct_seems_inverted(ct: &Volume<u16>, resin: f64) -> Option<String> {
    if resin < RESIN_MIN {
        return None;
    }
    let step = ct.data().len().div_ceil(SAMPLED).max(1);
    let sampled = || ct.data().iter().step_by(step).map(|grey| i32::from(*grey));
    let (first, mut others) = (sampled().next()?, sampled());
    if others.all(|grey| grey == first) {
        return None;
    }
    let threshold = otsu(sampled());
    let bright = sampled().filter(|grey| *grey > threshold).count() as f64;
    let bright = bright / sampled().count() as f64;
    (bright >= resin - OFF_MAX).then(|| {
        format!(
            "{:.0} % of the voxels are bright, and the mineral maps are resin by {:.0} %: is resin \
             brighter than particles in this CT? If so, invert it before (in Fiji: Edit > Invert), \
             since particles are taken for the brighter ones",
            100.0 * bright,
            100.0 * resin
        )
    })
}

#[cfg(test)]
mod tests {
    use corelith_core::Spacing;

    use super::*;

    #[test]
    fn bright_resin_is_told_and_dark_resin_is_not() {
        let um = Spacing::isotropic(1.0);
        // A third of the voxels are particles.
        let particles = |x: usize, y: usize, z: usize| (x / 4 + y / 4 + z / 4).is_multiple_of(3);
        let noise = |x: usize, y: usize| ((x * 7 + y * 13) % 40) as u16;
        let ct = Volume::from_fn([12, 24, 24], um, |x, y, z| {
            noise(x, y) + if particles(x, y, z) { 3000 } else { 1000 }
        });
        assert_eq!(ct_seems_inverted(&ct, 0.66), None);
        let inverted = ct.map(|grey| 4000 - grey);
        let told = ct_seems_inverted(&inverted, 0.66).unwrap();
        assert!(told.contains("67 % of the voxels"), "{told}");
        // With as many particles as resin, shares say nothing.
        assert_eq!(ct_seems_inverted(&inverted, 0.5), None);
        assert_eq!(
            ct_seems_inverted(&Volume::filled([2, 2, 2], um, 7), 0.9),
            None
        );
    }
}
