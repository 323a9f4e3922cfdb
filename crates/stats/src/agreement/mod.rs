//! How well the 3D result agrees with the measured maps.

mod sections;
mod separation_check;
mod size_distribution;

use corelith_core::Minerals;
use serde::{Deserialize, Serialize};

use crate::liberation::{LIBERATION_CLASSES, liberation_class};
use crate::stereology::{
    Profile, Section, Settings, StereologyError, profiles, same_shape, small_grains_pct,
};

pub use sections::SectionAgreement;
pub use separation_check::{PartedBy, SeparationCheck};
pub use size_distribution::SizeDistribution;

/// How well the 3D result, cut at the plane of a map, agrees with the map.
///
/// Like for like: the same pixels, the same rule for profiles, the same smallest profile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// One entry a solid mineral, in the order of the mineral list.
    pub minerals: Vec<MineralAgreement>,
    /// Dice of the foreground (all solid minerals against resin), 0 to 1.
    #[serde(with = "crate::nan_as_null")]
    pub foreground_dice: f64,
    /// Profiles on the map.
    pub profiles_measured: u64,
    /// Profiles on the predicted section.
    pub profiles_predicted: u64,
    /// Area-weighted mean profile diameter on the map, micrometres.
    #[serde(with = "crate::nan_as_null")]
    pub diameter_measured_um: f64,
    /// Area-weighted mean profile diameter on the predicted section, micrometres.
    #[serde(with = "crate::nan_as_null")]
    pub diameter_predicted_um: f64,
    /// Area-weighted size distribution of the profiles on the map.
    pub sizes_measured: SizeDistribution,
    /// Area-weighted size distribution of the profiles on the predicted section.
    pub sizes_predicted: SizeDistribution,
    /// Largest distance between the two cumulative distributions (Kolmogorov-Smirnov), 0 to 1.
    #[serde(with = "crate::nan_as_null")]
    pub size_distance: f64,
    /// Area between the two cumulative distributions (first Wasserstein distance), micrometres.
    #[serde(with = "crate::nan_as_null")]
    pub size_distance_um: f64,
    /// Pixels compared.
    pub pixels: u64,
    /// Area below which a grain was taken for mislabelled on both sides: the diameter of the circle
    /// of that area, micrometres.
    pub smallest_grain_um: f64,
    /// The same in pixels.
    pub smallest_grain_px: f64,
}

/// Agreement on one mineral. NaN where neither side holds it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MineralAgreement {
    /// Row of the mineral list.
    pub class: u8,
    /// Twice the common pixels over the pixels of both, 0 to 1.
    #[serde(with = "crate::nan_as_null")]
    pub dice: f64,
    /// Share of the solid area of the map, in percent.
    #[serde(with = "crate::nan_as_null")]
    pub modal_measured_pct: f64,
    /// Share of the solid area of the predicted section, in percent.
    #[serde(with = "crate::nan_as_null")]
    pub modal_predicted_pct: f64,
    /// Liberation curve of the map: share at or above 0, 10, ... 100 %.
    #[serde(with = "crate::nan_as_null")]
    pub liberation_measured_pct: [f64; LIBERATION_CLASSES],
    /// Liberation curve of the predicted section.
    #[serde(with = "crate::nan_as_null")]
    pub liberation_predicted_pct: [f64; LIBERATION_CLASSES],
    /// Share of its area on the map in grains too small to count, in percent of it.
    #[serde(with = "crate::nan_as_null")]
    pub small_grains_measured_pct: f64,
    /// The same on the predicted section.
    #[serde(with = "crate::nan_as_null")]
    pub small_grains_predicted_pct: f64,
    /// Largest distance between the two curves, percentage points.
    #[serde(with = "crate::nan_as_null")]
    pub liberation_gap_points: f64,
}

/// Compares a map with the section predicted at its pixels, where both lie inside the volume.
///
/// # Errors
/// When shapes differ, when a label is past the mineral list, or when settings are out of range.
pub fn agreement(
    measured: &Section,
    predicted: &Section,
    minerals: &Minerals,
    settings: &Settings,
) -> Result<Agreement, StereologyError> {
    same_shape(
        (&predicted.name, &predicted.classes),
        (&measured.name, &measured.classes),
    )?;
    let found = [
        profiles(measured, 0, minerals, settings)?,
        profiles(predicted, 0, minerals, settings)?,
    ];
    let taken = [
        small_grains_pct(measured, minerals, settings)?,
        small_grains_pct(predicted, minerals, settings)?,
    ];
    let counts = Counts::of(measured, predicted, minerals.len());
    let background = minerals.background();
    let solid: [u64; 2] = std::array::from_fn(|side| {
        minerals
            .solids()
            .map(|class| counts.of_side(side, class))
            .sum()
    });
    let both_solid = counts.both_but(background);
    let compared = minerals
        .solids()
        .map(|class| {
            let n = [counts.of_side(0, class), counts.of_side(1, class)];
            let modal = |side: usize| 100.0 * n[side] as f64 / solid[side] as f64;
            let curves = found.each_ref().map(|p| liberation_curve_pct(p, class));
            let gap = curves[0]
                .iter()
                .zip(&curves[1])
                .map(|(a, b)| (a - b).abs())
                .filter(|gap| gap.is_finite())
                .fold(f64::NAN, f64::max);
            MineralAgreement {
                class,
                dice: 2.0 * counts.both(class) as f64 / (n[0] + n[1]) as f64,
                modal_measured_pct: modal(0),
                modal_predicted_pct: modal(1),
                small_grains_measured_pct: taken[0][usize::from(class)],
                small_grains_predicted_pct: taken[1][usize::from(class)],
                liberation_measured_pct: curves[0],
                liberation_predicted_pct: curves[1],
                liberation_gap_points: gap,
            }
        })
        .collect();
    let [measured_sizes, predicted_sizes] = found.each_ref().map(|p| SizeDistribution::of(p));
    let (largest, area) = measured_sizes.distances(&predicted_sizes);
    Ok(Agreement {
        minerals: compared,
        foreground_dice: 2.0 * both_solid as f64 / (solid[0] + solid[1]) as f64,
        profiles_measured: found[0].len() as u64,
        profiles_predicted: found[1].len() as u64,
        diameter_measured_um: measured_sizes.mean_um(),
        diameter_predicted_um: predicted_sizes.mean_um(),
        sizes_measured: measured_sizes,
        sizes_predicted: predicted_sizes,
        size_distance: largest,
        size_distance_um: area,
        pixels: counts.pixels,
        smallest_grain_um: settings.smallest_grain_um,
        smallest_grain_px: settings.smallest_grain_px(measured.pixel_um),
    })
}

/// Pixels by class on both sections.
struct Counts {
    classes: usize,
    /// `[measured][predicted]`.
    pairs: Vec<u64>,
    pixels: u64,
}

impl Counts {
    fn of(measured: &Section, predicted: &Section, classes: usize) -> Self {
        let mut counts = Self {
            classes,
            pairs: vec![0; classes * classes],
            pixels: 0,
        };
        for i in 0..measured.classes.len() {
            if measured.counted.data()[i] && predicted.counted.data()[i] {
                let (a, b) = (measured.classes.data()[i], predicted.classes.data()[i]);
                counts.pairs[usize::from(a) * classes + usize::from(b)] += 1;
                counts.pixels += 1;
            }
        }
        counts
    }

    fn at(&self, a: usize, b: usize) -> u64 {
        self.pairs[a * self.classes + b]
    }

    fn both(&self, class: u8) -> u64 {
        self.at(class.into(), class.into())
    }

    fn of_side(&self, side: usize, class: u8) -> u64 {
        let class = usize::from(class);
        (0..self.classes)
            .map(|other| match side {
                0 => self.at(class, other),
                _ => self.at(other, class),
            })
            .sum()
    }

    fn both_but(&self, background: u8) -> u64 {
        let others = || (0..self.classes).filter(|&c| c != usize::from(background));
        others()
            .flat_map(|a| others().map(move |b| (a, b)))
            .map(|(a, b)| self.at(a, b))
            .sum()
    }
}

fn liberation_curve_pct(profiles: &[Profile], class: u8) -> [f64; LIBERATION_CLASSES] {
    let mut curve = [0.0; LIBERATION_CLASSES];
    let mut total = 0.0;
    for p in profiles {
        let mineral = p.mineral_area_um2[usize::from(class)];
        let reached = liberation_class(100.0 * mineral / p.area_um2());
        for share in &mut curve[..=reached] {
            *share += mineral;
        }
        total += mineral;
    }
    curve.map(|share| 100.0 * share / total)
}

#[cfg(test)]
mod tests {
    use corelith_core::{Mineral, Raster};

    use super::*;

    fn minerals() -> Minerals {
        let row = |name: &str, grey| Mineral {
            name: name.to_owned(),
            rgb: [grey; 3],
            density_g_cm3: None,
        };
        Minerals::new(vec![row("Resin", 0), row("A", 1), row("B", 2)], "Resin").unwrap()
    }

    /// Two discs of 20 px across, `a_cols` columns of each of mineral A, the rest B.
    fn discs(a_cols: [usize; 2]) -> Section {
        let inside_disc = |col: usize, row: usize, centre: f64| {
            (col as f64 - centre).hypot(row as f64 - 15.0) <= 10.0
        };
        let label = |col: usize, row: usize| {
            if inside_disc(col, row, 15.0) {
                (1, if col < 5 + a_cols[0] { 1 } else { 2 })
            } else if inside_disc(col, row, 45.0) {
                (2, if col < 35 + a_cols[1] { 1 } else { 2 })
            } else {
                (0, 0)
            }
        };
        Section {
            name: "discs".to_owned(),
            classes: Raster::from_fn(31, 61, |c, r| label(c, r).1),
            particles: Raster::from_fn(31, 61, |c, r| label(c, r).0),
            counted: Raster::filled(31, 61, true),
            pixel_um: 1.0,
        }
    }

    #[test]
    fn a_section_agrees_with_itself() {
        let section = discs([30, 10]);
        let a = agreement(&section, &section, &minerals(), &Settings::default()).unwrap();
        assert_eq!(a.foreground_dice, 1.0);
        assert_eq!((a.profiles_measured, a.profiles_predicted), (2, 2));
        assert_eq!((a.size_distance, a.size_distance_um), (0.0, 0.0));
        for m in &a.minerals {
            assert_eq!(m.dice, 1.0);
            assert_eq!(m.liberation_gap_points, 0.0);
            assert_eq!(m.modal_measured_pct, m.modal_predicted_pct);
        }
        // A fills the first disc and a good half less one column of the second.
        assert!((a.minerals[0].liberation_measured_pct[10] - 68.0).abs() < 2.0);
    }

    #[test]
    fn differences_show_where_they_are() {
        let a = agreement(
            &discs([30, 30]),
            &discs([30, 0]),
            &minerals(),
            &Settings::default(),
        )
        .unwrap();
        assert_eq!(a.foreground_dice, 1.0);
        assert!((a.minerals[0].dice - 2.0 / 3.0).abs() < 1e-9);
        assert_eq!(a.minerals[0].modal_measured_pct, 100.0);
        assert!((a.minerals[0].modal_predicted_pct - 50.0).abs() < 1e-9);
        assert_eq!(a.minerals[1].dice, 0.0);
        assert_eq!(a.size_distance, 0.0);
    }
}
