//! Where the maps of samples with a truth are found, with no start pose, by classes and BSE greys
//! and by either alone: two minutes or so.
//!
//!     cargo test --release -p corelith-tests --test samples_registration -- --ignored --nocapture
//!
//! `CORELITH_SAMPLES` is the folder of the samples.

use std::path::Path;

use corelith_core::{Raster, Silent, Spacing};
use corelith_gpu::Compute;
use corelith_io::{BseSettings, MapSettings};
use corelith_registration::{MapChannels, MapInput, PreparedCt, Settings, Status, register};
use corelith_tests::{Result, SampleTruth, sample_folders};

/// Worst TRE of a map, voxels.
const TRE_VOX: f64 = 1.5;

/// Mean distance between found and true positions of a map's pixels.
fn tre_vox(found: &[Raster<f32>; 3], truth: &[Raster<f32>; 3]) -> f64 {
    let n = found[0].len();
    (0..n)
        .map(|i| {
            (0..3)
                .map(|axis| f64::from(found[axis].data()[i] - truth[axis].data()[i]).powi(2))
                .sum::<f64>()
                .sqrt()
        })
        .sum::<f64>()
        / n as f64
}

/// Prints a line a map and choice of channels; returns what is wrong.
fn judge(sample: &Path) -> Result<Vec<String>> {
    let truth = SampleTruth::load(sample)?;
    let project: serde_json::Value = corelith_io::read_toml(&sample.join("sample.toml"))?;
    let number = |section: &str, key: &str| {
        project[section][key]
            .as_f64()
            .ok_or_else(|| format!("{section}.{key} is no number"))
    };
    let spacing = Spacing::isotropic(number("ct", "voxel_size_um")?);
    let pixel_size_um = number("sem", "pixel_size_um")?;
    let ct = corelith_io::VolumeSource::open(&sample.join("ct"))?
        .read_ct(spacing, &Silent)?
        .volume;
    let prepared = PreparedCt::new(&ct, &Compute::Cpu)?;
    let mut wrong = Vec::new();
    for (name, positions) in &truth.maps {
        let path = sample.join("sem").join(format!("{name}.png"));
        let list = truth.minerals.clone().into();
        let read = corelith_io::read_mineral_map(&path, &list, &MapSettings::default())?;
        let bse = sample.join("sem").join(format!("{name}_bse.tif"));
        let bse = corelith_io::read_bse(&bse, &path, &read, &BseSettings::default())?.grey;
        let classes = read.classes;
        let map = MapInput {
            name,
            classes: &classes,
            minerals: &truth.minerals,
            bse: Some(&bse),
            pixel_size_um,
            whereabouts: None,
        };
        for channels in [MapChannels::Both, MapChannels::Classes, MapChannels::Bse] {
            let settings = Settings {
                channels,
                ..Settings::default()
            };
            let found = register(&prepared, &map, &settings, 1, &Silent)?;
            let tre = tre_vox(&found.coords(classes.rows(), classes.cols()), positions);
            println!(
                "{:>16} {name} {channels:?}: {:?}, score {:.3}, margin {:.3}, probability {:.4} of {:.2}, TRE {tre:.3} \
             voxels, expected {:.3}, {:.1} s",
                sample.file_name().unwrap_or_default().to_string_lossy(),
                found.status,
                found.score,
                found.margin,
                found.probability,
                found.probability_needed,
                found.uncertainty_vox,
                found.seconds,
            );
            if found.status != Status::Found || tre > TRE_VOX {
                wrong.push(format!(
                    "{}: {name} {channels:?}: TRE {tre:.2}: {}",
                    sample.display(),
                    found.reason
                ));
            }
        }
    }
    Ok(wrong)
}

#[test]
#[ignore = "needs the samples"]
fn every_map_is_found() {
    let wrong: Vec<String> = sample_folders()
        .unwrap()
        .iter()
        .flat_map(|sample| judge(sample).unwrap())
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
