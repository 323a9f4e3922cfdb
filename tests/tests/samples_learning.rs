//! Network and random forest on samples that come with their truth, trained on the true poses of
//! the training maps, so that registration plays no part:
//!
//!     cargo test --release -p corelith-tests --test samples_learning -- --ignored --nocapture
//!
//! `CORELITH_SAMPLE` picks a sample by name, `CORELITH_TRAINING` replaces settings, as JSON.

use std::path::Path;
use std::time::Instant;

use corelith_core::{Minerals, PlacedMap, Progress, Silent, Spacing, Volume, seed_of};
use corelith_gpu::Compute;
use corelith_io::MapSettings;
use corelith_phantom::truth::overlaps;
use corelith_phantom::{CtLook, look_alikes};
use corelith_tests::{Result, SampleTruth, sample_folders};
use corelith_unet::{
    Beginning, Classes, Forest, LabelledVolume, Scan, SegmentSettings, Settings, Start,
    TrainingInput, pretrained_phases, segment, train,
};

/// Prints remarks, so that a long run can be followed.
struct Remarks;

impl Progress for Remarks {
    fn start(&self, _step: &str, _length: u64) {}
    fn advance(&self, _by: u64) {}
    fn remark(&self, text: &str) {
        println!("    {text}");
    }
    fn finish(&self) {}
    fn is_cancelled(&self) -> bool {
        false
    }
}

/// What is learned from: everything but the truth about voxels.
struct Given {
    ct: Volume<u16>,
    minerals: Minerals,
    maps: Vec<PlacedMap>,
}

fn given(sample: &Path, truth: &SampleTruth) -> Result<Given> {
    let facts: serde_json::Value = corelith_io::read_json(&sample.join("truth/truth.json"))?;
    let voxel_um = facts["voxel_um"]
        .as_f64()
        .ok_or("truth.json has no voxel_um")?;
    let ct = corelith_io::read_volume(
        &sample.join("ct/*.tif"),
        Spacing::isotropic(voxel_um),
        &Silent,
    )?;
    let background = truth.minerals.name(truth.minerals.background());
    let list = corelith_io::read_mineral_list(&sample.join("sem/minerals.csv"), background, None)?;
    // The last map is the validation map.
    let training = truth.maps.len().saturating_sub(1);
    let maps = truth
        .maps
        .iter()
        .take(training)
        .map(|(name, coords_vox)| {
            let path = sample.join(format!("sem/{name}.png"));
            Ok(PlacedMap {
                name: name.clone(),
                classes: corelith_io::read_mineral_map(&path, &list, &MapSettings::default())?
                    .classes,
                coords_vox: coords_vox.clone(),
                pixel_um: facts["poses"][name]["pixel_um"].as_f64().unwrap_or(1.0),
            })
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(Given {
        ct,
        minerals: truth.minerals.clone(),
        maps,
    })
}

/// Dice of every mineral and of all together.
fn dice(found: &Volume<u8>, truth: &SampleTruth) -> Result<Vec<(String, f64)>> {
    let minerals = &truth.minerals;
    let overlaps = overlaps(
        found.data(),
        truth.phases.data(),
        minerals.len(),
        minerals.background(),
    )?;
    let of = |class: u8| {
        let overlap = overlaps.classes[usize::from(class)];
        (minerals.name(class).to_owned(), overlap.dice())
    };
    let mut all: Vec<(String, f64)> = minerals.solids().map(of).collect();
    all.push(("particles".to_owned(), overlaps.foreground.dice()));
    Ok(all)
}

fn line(dice: &[(String, f64)]) -> String {
    let each: Vec<String> = dice
        .iter()
        .map(|(name, d)| format!("{name} {d:.3}"))
        .collect();
    let minerals = dice.len() - 1;
    let mean = dice[..minerals].iter().map(|(_, d)| d).sum::<f64>() / minerals as f64;
    format!("{}; mean of minerals {mean:.3}", each.join(", "))
}

fn settings() -> Result<Settings> {
    let mut settings = serde_json::to_value(Settings::default())?;
    if let Ok(text) = std::env::var("CORELITH_TRAINING") {
        let changes: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text)?;
        for (name, value) in changes {
            settings[name] = value;
        }
    }
    Ok(serde_json::from_value(settings)?)
}

#[test]
#[ignore = "trains on every sample"]
fn the_network_beats_a_random_forest() {
    let wanted = std::env::var("CORELITH_SAMPLE").ok();
    let mut failures = Vec::new();
    for sample in sample_folders().unwrap() {
        let name = sample.file_name().unwrap().to_string_lossy().into_owned();
        if wanted.as_ref().is_some_and(|wanted| *wanted != name) {
            continue;
        }
        let truth = SampleTruth::load(&sample).unwrap();
        let Given { ct, minerals, maps } = given(&sample, &truth).unwrap();
        let scan = Scan::measure(&ct).unwrap();
        let classes = Classes {
            names: minerals.rows().iter().map(|m| m.name.clone()).collect(),
            background: minerals.background(),
        };
        println!("{name}: {:?} voxels", ct.shape());
        let began = Instant::now();
        let forest = Forest::train(&scan, &maps, &classes, 1, &Silent).unwrap();
        let seconds = began.elapsed().as_secs_f64();
        let of_forest = dice(
            &forest.segment(&scan, &Compute::Cpu, &Silent).unwrap(),
            &truth,
        )
        .unwrap();
        println!(
            "  forest: {} ({seconds:.0} s, {:.0} s with the volume)",
            line(&of_forest),
            began.elapsed().as_secs_f64()
        );
        let settings = settings().unwrap();
        if settings.steps == 1 {
            continue;
        }
        let began = Instant::now();
        let look = CtLook::measure(
            &ct,
            [scan.grey.resin, scan.grey.threshold],
            &maps,
            minerals.len(),
            minerals.background(),
        );
        let count = match settings.rehearsal {
            Some(0.0) => 0,
            _ => settings.phantoms,
        };
        let phantoms: Vec<LabelledVolume> = look_alikes(&look, &minerals, count, 1, &Silent)
            .unwrap()
            .into_iter()
            .map(|made| LabelledVolume {
                ct: made.ct,
                classes: made.phases,
            })
            .collect();
        let starts = match &settings.start {
            Start::Random => Vec::new(),
            _ => vec![(Beginning::Phases, pretrained_phases().unwrap())],
        };
        let input = TrainingInput {
            scan,
            maps: &maps,
            classes: &classes,
            phantoms: &phantoms,
            starts: &starts,
            began,
        };
        let seed = seed_of(0, "train");
        let trained = train(&input, &settings, &Compute::Cpu, seed, None, &Remarks).unwrap();
        let seconds = began.elapsed().as_secs_f64();
        let card = trained.model.card();
        println!("  {:?}\n  {:?}", card.choice, card.yardstick);
        println!(
            "  share of the forest {}, {:?}",
            card.forest_share, trained.warnings
        );
        let tiles = SegmentSettings::default();
        let found = segment(&scan, &trained.model, &tiles, &Compute::Cpu, &Silent).unwrap();
        let of_network = dice(&found.phases, &truth).unwrap();
        println!(
            "  network: {} ({} steps in {seconds:.0} s)",
            line(&of_network),
            card.steps
        );
        let solid: f64 = truth
            .phases
            .data()
            .iter()
            .filter(|&&p| p != minerals.background())
            .count() as f64;
        for (class, (found, floor)) in minerals.solids().zip(of_network.iter().zip(&of_forest)) {
            let voxels = truth.phases.data().iter().filter(|&&p| p == class).count() as f64;
            if voxels > 0.01 * solid && found.1 < floor.1 - 0.01 {
                failures.push(format!(
                    "{name}: {} {:.3} below {:.3}",
                    found.0, found.1, floor.1
                ));
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}
