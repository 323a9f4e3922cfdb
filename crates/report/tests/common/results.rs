//! Measured numbers.

use corelith_core::{Minerals, Role};
use corelith_report::SampleResult;
use corelith_stats::agreement::{Agreement, MineralAgreement, SizeDistribution};
use corelith_stats::liberation::{
    AT_LEAST_PCT, Association, Basis, BasisLiberation, Bias, Corrected, CurveDifference, Cut,
    Estimate, LIBERATION_CLASSES, Liberation, Locking, MineralLiberation, SizeLiberation,
    SizeResolved, WithoutDoubtful,
};
use corelith_stats::measurements::{MapAgreement, Measurements, composition};

use super::{particles, volumes};

fn falling(from: f64) -> [Estimate; LIBERATION_CLASSES] {
    AT_LEAST_PCT.map(|x| {
        let value = from - 0.6 * x;
        Estimate {
            value,
            low: value - 4.0,
            high: value + 4.0,
        }
    })
}

fn mean(value: f64) -> Estimate {
    Estimate {
        value,
        low: value - 3.0,
        high: value + 3.0,
    }
}

pub fn of_basis(basis: Basis, at_least: [Estimate; LIBERATION_CLASSES]) -> BasisLiberation {
    let mut particles = [0; LIBERATION_CLASSES];
    particles[3] = 4;
    BasisLiberation {
        basis,
        share: [mean(9.0); LIBERATION_CLASSES],
        at_least,
        mean: mean(60.0),
        particles,
        sections: 1,
        seen_particles: 4,
        needed_particles: 1234.0,
        needed_sections: 17.0,
    }
}

pub fn size_class(
    lower_um: f64,
    upper_um: f64,
    mean: Estimate,
    at: [Estimate; 2],
) -> SizeLiberation {
    let mut at_least = falling(100.0);
    [at_least[5], at_least[9]] = at;
    SizeLiberation {
        diameter_lower_um: lower_um,
        diameter_upper_um: upper_um,
        particles: 20,
        mineral_share_pct: 50.0,
        liberation: BasisLiberation {
            mean,
            ..of_basis(Basis::Volume3d, at_least)
        },
    }
}

fn liberation() -> Liberation {
    Liberation {
        minerals: vec![MineralLiberation {
            class: 1,
            name: "Ore <A>".to_owned(),
            bases: Basis::ALL
                .map(|basis| of_basis(basis, falling(100.0)))
                .into(),
            bias: vec![Bias {
                basis: Basis::Area2dRandom,
                against: Basis::Volume3d,
                at_least: falling(60.0),
                mean: mean(6.0),
                p_value: 0.004,
            }],
        }],
        particles_cut: 0,
        cut_particles: Cut::Counted,
        cut_profiles: Cut::Counted,
    }
}

fn agreement() -> Agreement {
    Agreement {
        minerals: vec![MineralAgreement {
            class: 1,
            dice: 0.987,
            modal_measured_pct: 40.0,
            modal_predicted_pct: 41.0,
            liberation_measured_pct: AT_LEAST_PCT.map(|x| 100.0 - x),
            liberation_predicted_pct: AT_LEAST_PCT.map(|x| 100.0 - 0.9 * x),
            small_grains_measured_pct: 0.4,
            small_grains_predicted_pct: 0.1,
            liberation_gap_points: 10.0,
        }],
        foreground_dice: 1.0,
        profiles_measured: 4,
        profiles_predicted: 4,
        diameter_measured_um: 30.0,
        diameter_predicted_um: 30.0,
        sizes_measured: SizeDistribution {
            shares: vec![(28.0, 0.4), (32.0, 0.6)],
        },
        sizes_predicted: SizeDistribution {
            shares: vec![(29.0, 0.5), (32.0, 0.5)],
        },
        size_distance: 0.1,
        size_distance_um: 0.4,
        pixels: 1600,
        smallest_grain_um: 3.0,
        smallest_grain_px: 1.8,
    }
}

/// The numbers of four balls.
pub fn measurements(minerals: &Minerals) -> Measurements {
    let (_, phases, labels) = volumes();
    let found = particles(&phases, &labels);
    let weights = vec![1.0; found.len()];
    Measurements {
        shape: phases.shape(),
        spacing: phases.spacing(),
        composition: composition(minerals, &found, &weights),
        particles: found,
        particle_weights: weights,
        liberation: liberation(),
        sizes: vec![SizeResolved {
            class: 1,
            name: "Ore <A>".to_owned(),
            sizes: [32.0, 45.0]
                .map(|um| size_class(um, um + 10.0, mean(60.0), [mean(70.0), mean(20.0)]))
                .into(),
        }],
        corrected: vec![Corrected {
            class: 1,
            name: "Ore <A>".to_owned(),
            share: [mean(9.0); LIBERATION_CLASSES],
            at_least: falling(90.0),
            profiles: 4,
        }],
        locking: vec![Locking {
            class: 1,
            free_pct: 30.0,
            binary_with_pct: vec![0.0, 0.0, 70.0],
            ternary_and_above_pct: 0.0,
        }],
        without_doubtful: vec![WithoutDoubtful {
            class: 1,
            doubtful_pct: 25.0,
            curve_points: 7.25,
            mean_points: -1.5,
        }],
        association: Association::from_areas_um2(
            3,
            vec![0.0, 0.0, 0.0, 60.0, 0.0, 40.0, 50.0, 50.0, 0.0],
        ),
        maps: vec![MapAgreement {
            name: "map_0".to_owned(),
            role: Role::Validation,
            agreement: agreement(),
        }],
        half_width_goal_points: 5.0,
    }
}

/// A value with two points to either side.
pub fn estimate(value: f64) -> Estimate {
    Estimate {
        value,
        low: value - 2.0,
        high: value + 2.0,
    }
}

/// One of the samples that are compared, its curve falling from a share.
pub fn sample(name: &str, from: f64, sizes: Vec<SizeLiberation>) -> SampleResult {
    let bases = Basis::ALL.map(|basis| BasisLiberation {
        mean: estimate(from - 30.0),
        ..of_basis(basis, AT_LEAST_PCT.map(|x| estimate(from - 0.6 * x)))
    });
    SampleResult {
        name: name.to_owned(),
        fraction_um: Some("63-100".to_owned()),
        particles: 120,
        median_diameter_um: 70.0,
        modal_volume_pct: 34.0,
        liberation: MineralLiberation {
            class: 1,
            name: "Ore".to_owned(),
            bases: bases.into(),
            bias: vec![Bias {
                basis: Basis::Area2dRandom,
                against: Basis::Volume3d,
                at_least: AT_LEAST_PCT.map(|x| estimate(0.1 * x)),
                mean: estimate(5.0),
                p_value: 0.01,
            }],
        },
        sizes,
    }
}

/// The second sample minus the first.
pub fn difference() -> CurveDifference {
    CurveDifference {
        of: 1,
        against: 0,
        share: [estimate(0.5); LIBERATION_CLASSES],
        at_least: [estimate(-4.0); LIBERATION_CLASSES],
    }
}
