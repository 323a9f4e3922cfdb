//! The whole chain on samples with a truth: minutes a sample, so only on request.
//!
//!     cargo build --release
//!     cargo test --release -p corelith-tests --test samples -- --ignored --nocapture
//!
//! `CORELITH_SAMPLES` is the folder of the samples, `CORELITH_BIN` the program.
//! `CORELITH_RESULTS` keeps results: `CORELITH_RESULTS/SAMPLE` is judged if it is there, and
//! otherwise made.

use std::path::{Path, PathBuf};
use std::process::Command;

use corelith_core::Raster;
use corelith_tests::{Evaluation, Result, SampleTruth, evaluate, program, sample_folders};

/// Worst TRE of a map, voxels.
const TRE_VOX: f64 = 1.5;
/// Least Dice of all minerals together.
const FOREGROUND: f64 = 0.96;
/// Least Dice of the target mineral.
const LIALO2: f64 = 0.88;
/// Least F1 of particles at IoU 0.5.
const F1: f64 = 0.90;
/// Largest distance of the 3D liberation curve of the target mineral from the true one, points.
const CURVE_POINTS: f64 = 4.0;
/// Largest distance of its modal share from the true one, points.
const MODAL_POINTS: f64 = 1.5;
/// Largest distance of its 2D-3D bias from the truth's own, points.
const BIAS_POINTS: f64 = 3.0;

fn name(sample: &Path) -> String {
    sample
        .file_name()
        .map_or_else(String::new, |n| n.to_string_lossy().into_owned())
}

fn run(sample: &Path, results: &Path) -> Result<()> {
    let status = Command::new(program()?)
        .arg("run")
        .arg(sample.join("sample.toml"))
        .arg("--out")
        .arg(results)
        .status()?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`corelith run` on {} ended with {status}", sample.display()).into())
    }
}

#[test]
#[ignore = "runs the whole chain on every sample"]
fn results_on_the_samples_reach_the_required_quality() {
    let scratch = tempfile::tempdir().unwrap();
    let kept = std::env::var_os("CORELITH_RESULTS").map(PathBuf::from);
    let mut failures = Vec::new();
    for sample in sample_folders().unwrap() {
        let name = name(&sample);
        let results = kept.as_deref().unwrap_or(scratch.path()).join(&name);
        if !results.is_dir()
            && let Err(error) = run(&sample, &results)
        {
            failures.push(format!("{name}: {error}"));
        }
        let evaluation =
            SampleTruth::load(&sample).and_then(|truth| evaluate(&name, &truth, &results));
        let evaluation = match evaluation {
            Ok(evaluation) => evaluation,
            Err(error) => {
                failures.push(format!("{name}: {error}"));
                continue;
            }
        };
        println!("{evaluation}");
        for (map, tre) in &evaluation.tre_vox {
            match tre {
                Ok(tre) if *tre < TRE_VOX => {}
                _ => failures.push(format!("{name} {map}: TRE {tre:?}, below {TRE_VOX} wanted")),
            }
        }
        for (what, value, least) in [
            (
                "foreground Dice",
                evaluation.segmentation.foreground_dice,
                FOREGROUND,
            ),
            ("LiAlO2 Dice", evaluation.dice_of("LiAlO2"), LIALO2),
            ("particle F1", evaluation.segmentation.particle_f1, F1),
        ] {
            if value < least {
                failures.push(format!(
                    "{name}: {what} {value:.3}, at least {least} wanted"
                ));
            }
        }
        let liberation = liberation_failures(&evaluation);
        failures.extend(liberation.into_iter().map(|f| format!("{name}: {f}")));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// What of the target mineral's liberation lies too far from the truth.
fn liberation_failures(evaluation: &Evaluation) -> Vec<String> {
    let Some(d) = evaluation.deviation_of("LiAlO2") else {
        return vec!["no liberation of LiAlO2".to_owned()];
    };
    let mut failures: Vec<String> = [
        ("3D curve", d.largest_curve_points(), CURVE_POINTS),
        ("modal share", d.modal_points.abs(), MODAL_POINTS),
        ("2D-3D bias", d.largest_bias_points(), BIAS_POINTS),
    ]
    .into_iter()
    .filter(|(_, points, most)| points.is_nan() || points > most)
    .map(|(what, points, most)| format!("{what} off by {points:.2} points, at most {most} wanted"))
    .collect();
    if !d.bias_has_the_true_sign() {
        failures.push(format!(
            "mean bias of {:.2} points where the truth has {:.2}",
            d.mean_bias_found, d.mean_bias_true
        ));
    }
    failures
}

/// Holds the reading of pose and displacement: 2.5 to 3.8 % of the pixels differ, at rims;
/// without the displacement 4.5 to 7 %.
#[test]
#[ignore = "reads the samples"]
fn true_coordinates_lead_from_the_map_truth_to_the_volume_truth() {
    for sample in sample_folders().unwrap() {
        let truth = SampleTruth::load(&sample).unwrap();
        let [nz, ny, nx] = truth.phases.shape();
        for (name, coords) in &truth.maps {
            let path = sample.join(format!("truth/{name}_phases.tif"));
            let spacing = truth.phases.spacing();
            let map =
                corelith_io::read_volume::<u8>(&path, spacing, &corelith_core::Silent).unwrap();
            let sampled: Raster<u8> =
                Raster::from_fn(coords[0].rows(), coords[0].cols(), |c, r| {
                    let at = coords.each_ref().map(|axis| axis.at(c, r).round() as usize);
                    truth
                        .phases
                        .at(at[0].min(nx - 1), at[1].min(ny - 1), at[2].min(nz - 1))
                });
            let differing = sampled
                .data()
                .iter()
                .zip(map.data())
                .filter(|(a, b)| a != b)
                .count() as f64
                / map.len() as f64;
            assert!(
                differing < 0.04,
                "{} {name}: {differing} differ",
                sample.display()
            );
        }
    }
}
