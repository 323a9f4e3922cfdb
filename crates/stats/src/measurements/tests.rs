use corelith_core::{Mineral, Minerals, PlacedMap, Raster, Silent, UNMEASURED, Volume};

use super::*;
use crate::liberation::{self, Basis, MeasuredWith, Segmented, liberation_table};
use crate::measure::particle_table;

fn minerals() -> Minerals {
    let row = |name: &str, grey| Mineral {
        name: name.to_owned(),
        rgb: [grey; 3],
        density_g_cm3: Some(2.0 + f64::from(grey)),
    };
    let rows = vec![
        row("Resin", 0),
        row("A", 1),
        row("B", 2),
        row("Never seen", 3),
    ];
    Minerals::new(rows, "Resin").unwrap()
}

/// Balls on a grid, each of A to a height of its own and of B above.
fn balls() -> (Volume<u8>, Volume<u32>) {
    let spacing = Spacing::isotropic(2.0);
    let particles = Volume::from_fn([14, 42, 56], spacing, |x, y, z| {
        let centred = |i: usize| (i % 14) as f64 - 6.5;
        let r = centred(x).hypot(centred(y)).hypot(centred(z));
        if r < 5.5 {
            (1 + x / 14 + 4 * (y / 14)) as u32
        } else {
            0
        }
    });
    let phases = Volume::from_fn([14, 42, 56], spacing, |x, y, z| {
        match particles.at(x, y, z) as usize {
            0 => 0,
            id if z <= id => 1,
            _ => 2,
        }
    });
    (phases, particles)
}

/// A level map of the same, shown as it is.
fn map_of(phases: &Volume<u8>) -> PlacedMap {
    let [_, ny, nx] = phases.shape();
    PlacedMap {
        name: "map".to_owned(),
        classes: Raster::from_fn(ny, nx, |x, y| phases.at(x, y, 7)),
        coords_vox: [
            Raster::from_fn(ny, nx, |x, _| x as f32),
            Raster::from_fn(ny, nx, |_, y| y as f32),
            Raster::filled(ny, nx, 7.0),
        ],
        pixel_um: 2.0,
    }
}

fn measured(phases: &Volume<u8>, particles: &Volume<u32>) -> Measurements {
    let stereology = crate::stereology::Settings {
        random_sections: 20,
        ..Default::default()
    };
    let liberation = liberation::Settings {
        replicates: 100,
        ..Default::default()
    };
    let sample = Segmented {
        phases,
        particles,
        minerals: &minerals(),
    };
    measure_sample(
        sample,
        None,
        &[(Role::Validation, map_of(phases))],
        MeasuredWith {
            measurement: &Default::default(),
            stereology: &stereology,
            liberation: &liberation,
            seed: 3,
        },
        &[2, 11],
        &Silent,
    )
    .unwrap()
}

/// Written and read again.
fn again(measurements: &Measurements) -> Measurements {
    let mut file = Vec::new();
    ciborium::into_writer(measurements, &mut file).unwrap();
    ciborium::from_reader(file.as_slice()).unwrap()
}

#[test]
fn json_holds_null_for_what_is_absent() {
    let none = liberation::Estimate::NONE;
    let text = serde_json::to_string(&none).unwrap();
    assert_eq!(text, r#"{"value":null,"low":null,"high":null}"#);
    let read: liberation::Estimate = serde_json::from_str(&text).unwrap();
    assert!(read.value.is_nan() && read.low.is_nan() && read.high.is_nan());
}

#[test]
fn a_file_gives_back_every_number_and_what_is_absent() {
    let (phases, particles) = balls();
    let before = measured(&phases, &particles);
    assert_eq!(before.particles.len(), 12);
    let unseen = before.liberation.mineral(3).unwrap();
    assert!(unseen.on(Basis::Volume3d).mean.value.is_nan());
    let after = again(&before);
    // NaN equals nothing, so compare what is shown: every digit of every number.
    assert_eq!(format!("{before:?}"), format!("{after:?}"));
    let tables = |m: &Measurements| {
        [
            particle_table(&m.particles, &minerals()),
            liberation_table(&m.liberation),
        ]
        .map(|table| format!("{table:?}"))
    };
    assert_eq!(tables(&before), tables(&after));
}

#[test]
fn a_result_without_particles_is_measured_and_says_so() {
    let (phases, particles) = balls();
    let (phases, particles) = (phases.map(|_| 0), particles.map(|_| 0));
    let empty = measured(&phases, &particles);
    assert!(empty.particles.is_empty() && empty.particle_weights.is_empty());
    assert_eq!(empty.cautions(1)[0], Caution::NoParticles);
    assert_eq!(particle_table(&empty.particles, &minerals()).rows(), 0);
    assert!(
        empty
            .liberation
            .mineral(1)
            .unwrap()
            .observed(Basis::Volume3d)
            .is_none()
    );
    let summary = empty.particle_summary(&minerals());
    assert_eq!((summary.count, summary.solid_pct), (0, 0.0));
    let of_minerals = empty.mineral_summaries(&minerals());
    assert_eq!(of_minerals["A"].modal_volume_pct, None);
    assert_eq!(
        empty.validation_summaries(&minerals())["map"].foreground_dice,
        None
    );
    assert_eq!(format!("{empty:?}"), format!("{:?}", again(&empty)));
}

#[test]
fn shares_of_the_sample_add_up_and_weigh_by_density() {
    let (phases, particles) = balls();
    let found = measured(&phases, &particles).composition;
    let sum = |of: fn(&MineralShare) -> f64| found.iter().map(of).sum::<f64>();
    assert!((sum(|s| s.volume_pct) - 100.0).abs() < 1e-9);
    assert!((sum(|s| s.mass_pct.unwrap()) - 100.0).abs() < 1e-9);
    let [a, b] = [&found[0], &found[1]];
    let ratio = (b.mass_pct.unwrap() / a.mass_pct.unwrap()) / (b.volume_pct / a.volume_pct);
    assert!((ratio - 4.0 / 3.0).abs() < 1e-9, "{ratio}");
}

#[test]
fn a_histogram_holds_all_volume_and_clamps_what_lies_beyond() {
    let (phases, particles) = balls();
    let found = measured(&phases, &particles);
    let ids = |p: &Particle| f64::from(p.id);
    let bins = volume_histogram_pct(&found, [1.0, 7.0], 2, ids);
    assert!((bins[0] - 25.0).abs() < 1e-9 && (bins[1] - 75.0).abs() < 1e-9);
}

#[test]
fn cautions_name_what_is_poor_and_what_is_few() {
    let (phases, particles) = balls();
    let mut found = measured(&phases, &particles);
    let agreement = &mut found.maps[0].agreement.minerals[1];
    (agreement.dice, agreement.modal_measured_pct) = (0.4, 30.0);
    let cautions = found.cautions(1);
    assert!(cautions.contains(&Caution::PoorlyToldApart {
        class: 2,
        dice: 0.4,
        map: "map".to_owned()
    }));
    assert!(cautions.contains(&Caution::FewWholeParticles { whole: 12 }));
    found.maps[0].role = Role::Training;
    assert!(found.cautions(1).contains(&Caution::NothingKeptBack));
}

#[test]
fn a_correction_without_edge_weights_is_refused_and_auto_counts_all() {
    let measurement = crate::measure::Settings {
        edge_correction: false,
    };
    let stereology = crate::stereology::Settings {
        random_sections: 0,
        smallest_profile_um: 0.0,
        smallest_grain_um: 0.0,
    };
    fn with<'a>(
        measurement: &'a crate::measure::Settings,
        stereology: &'a crate::stereology::Settings,
        liberation: &'a liberation::Settings,
    ) -> MeasuredWith<'a> {
        MeasuredWith {
            measurement,
            stereology,
            liberation,
            seed: 1,
        }
    }
    let of_rule = |cut_particles| liberation::Settings {
        cut_particles,
        ..Default::default()
    };
    let refused = of_rule(liberation::Cut::Corrected);
    let error = with(&measurement, &stereology, &refused)
        .check()
        .unwrap_err()
        .to_string();
    assert!(error.contains("edge_correction") && error.contains("cut_particles"));
    // 15 x 15 cubes, of which the outer ones are cut and 121 are not.
    let particles = Volume::from_fn([3, 60, 60], Spacing::isotropic(1.0), |x, y, z| {
        let inside = z == 1 && (x % 4 < 3 || x == 59) && (y % 4 < 3 || y == 59);
        if inside {
            (1 + x / 4 + 15 * (y / 4)) as u32
        } else {
            0
        }
    });
    let phases = particles.map(|&id| u8::from(id > 0));
    let sample = Segmented {
        phases: &phases,
        particles: &particles,
        minerals: &minerals(),
    };
    let measured = |rule| {
        let liberation = of_rule(rule);
        measure_sample(
            sample,
            None,
            &[],
            with(&measurement, &stereology, &liberation),
            &[],
            &Silent,
        )
        .map(|m| {
            let cut = m.particles.iter().filter(|p| p.touches_border).count();
            (
                m.liberation.cut_particles,
                cut,
                m.leaves_cut_particles_out(),
            )
        })
    };
    let (rule, cut, left_out) = measured(liberation::Cut::Auto).unwrap();
    assert!(cut > 0 && cut < 225 - 100, "{cut}");
    assert_eq!((rule, left_out), (liberation::Cut::Counted, false));
    assert!(measured(liberation::Cut::Corrected).is_err());
}

#[test]
fn pixels_that_were_not_measured_count_nowhere() {
    let (phases, particles) = balls();
    let whole = map_of(&phases);
    // The left half was not measured; what the phases are there is of no account.
    let mut half = whole.clone();
    for (i, class) in half.classes.data_mut().iter_mut().enumerate() {
        if i % 56 < 28 {
            *class = UNMEASURED;
        }
    }
    let cropped = |map: &PlacedMap| PlacedMap {
        classes: Raster::from_fn(42, 28, |x, y| map.classes.at(x + 28, y)),
        coords_vox: map
            .coords_vox
            .each_ref()
            .map(|r| Raster::from_fn(42, 28, |x, y| r.at(x + 28, y))),
        ..map.clone()
    };
    let sample = Segmented {
        phases: &phases,
        particles: &particles,
        minerals: &minerals(),
    };
    let of = |map: PlacedMap| {
        measure_sample(
            sample,
            None,
            &[(Role::Validation, map)],
            MeasuredWith {
                measurement: &Default::default(),
                stereology: &crate::stereology::Settings {
                    random_sections: 0,
                    smallest_profile_um: 0.0,
                    smallest_grain_um: 0.0,
                },
                liberation: &liberation::Settings {
                    replicates: 100,
                    ..Default::default()
                },
                seed: 3,
            },
            &[],
            &Silent,
        )
        .unwrap()
    };
    let (found, expected) = (of(half), of(cropped(&whole)));
    assert_eq!(found.maps[0].agreement.pixels, 42 * 28);
    assert_eq!(
        format!("{:?}", found.maps[0]),
        format!("{:?}", expected.maps[0])
    );
    let maps = |m: &Measurements| {
        let mineral = m.liberation.mineral(1).unwrap();
        format!("{:?}", mineral.on(Basis::Area2dMaps).share)
    };
    assert_eq!(maps(&found), maps(&expected));
}

#[test]
fn figures_without_doubtful_particles_are_those_of_the_others() {
    let (phases, particles) = balls();
    let found = measured(&phases, &particles);
    let is_doubtful = |p: &&Particle| p.doubtful;
    let doubtful: Vec<u32> = found
        .particles
        .iter()
        .filter(is_doubtful)
        .map(|p| p.id)
        .collect();
    assert_eq!(doubtful, [2, 11]);
    let summary = found.particle_summary(&minerals());
    // All balls are alike.
    assert_eq!(summary.doubtful, 2);
    assert!((summary.doubtful_solid_pct.unwrap() - 100.0 / 6.0).abs() < 1e-9);
    // The same with these two as gaps.
    let mut rest = particles.clone();
    let mut rest_phases = phases.clone();
    for (id, phase) in rest.data_mut().iter_mut().zip(rest_phases.data_mut()) {
        *id = match *id {
            2 | 11 => 0,
            id => id - u32::from(id > 2) - u32::from(id > 11),
        };
        *phase *= u8::from(*id > 0);
    }
    let others = measured(&rest_phases, &rest);
    for class in [1, 2] {
        let [all, rest] =
            [&found, &others].map(|m| m.liberation.mineral(class).unwrap().on(Basis::Volume3d));
        let without = found.without_doubtful_of(class).unwrap();
        let mean = rest.mean.value - all.mean.value;
        assert!(
            (without.mean_points - mean).abs() < 1e-9,
            "{without:?} {mean}"
        );
        let furthest = (0..all.at_least.len())
            .map(|k| (rest.at_least[k].value - all.at_least[k].value).abs())
            .fold(0.0, f64::max);
        assert!(
            (without.curve_points - furthest).abs() < 1e-9,
            "{without:?} {furthest}"
        );
        assert!(furthest > 0.5 && without.doubtful_pct > 5.0);
    }
    let unseen = found.without_doubtful_of(3).unwrap();
    assert!(unseen.curve_points.is_nan() && unseen.doubtful_pct.is_nan());
}
