//! The whole chain on a small phantom: every result of the file contract, resume, and redoing
//! just what depends on a changed setting.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

mod common;

use std::fs;
use std::path::Path;

use common::{corelith, small_phantom, stderr, write_sample};
use corelith_phantom::Phantom;
use corelith_phantom::truth::{overlaps, registration_error};
use serde_json::Value;

const PARTICLE_COLUMNS: &str = "id,centroid_x_um,centroid_y_um,centroid_z_um,voxels,volume_um3,\
equivalent_diameter_um,surface_um2,sphericity,feret_max_um,feret_min_um,elongation,flatness,\
solidity,touches_border,doubtful,edge_weight";

const LIBERATION_COLUMNS: &str = "mineral,basis,liberation_lower_pct,liberation_upper_pct,\
share_pct,share_low_pct,share_high_pct,particles";

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn header(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    text.lines().next().unwrap().to_owned()
}

fn maps_are_placed(out: &Path, truth: &Phantom) {
    for (i, map) in truth.maps.iter().enumerate() {
        let placement = json(&out.join(format!("registration/map_{i}.json")));
        for key in [
            "ct_from_map",
            "mirrored",
            "tilt_deg",
            "score",
            "margin",
            "uncertainty_vox",
            "status",
            "reason",
            "seconds",
            "device",
        ] {
            assert!(!placement[key].is_null(), "map_{i}.json has no {key}");
        }
        let coordinates = out.join(format!("registration/map_{i}_coords.tif"));
        let found = corelith_io::read_map_coordinates(&coordinates).unwrap();
        let error = registration_error(found.each_ref(), map.coords_vox.each_ref()).unwrap();
        assert!(error.mean_vox < 1.5, "map_{i} is off by {error:?}");
        assert!(
            out.join(format!("registration/map_{i}_overlay.png"))
                .exists()
        );
    }
}

fn segmentation_is_consistent(out: &Path, truth: &Phantom) -> usize {
    let spacing = truth.ct.spacing();
    let silent = &corelith_core::Silent;
    let phases =
        corelith_io::read_volume::<u8>(&out.join("segmentation/phases.tif"), spacing, silent)
            .unwrap();
    let particles =
        corelith_io::read_volume::<u32>(&out.join("segmentation/particles.tif"), spacing, silent)
            .unwrap();
    assert_eq!(phases.shape(), truth.ct.shape());
    assert!((particles.spacing().x_um - spacing.x_um).abs() < 1e-6);
    let found = overlaps(
        phases.data(),
        truth.phases.data(),
        truth.minerals.len(),
        truth.minerals.background(),
    )
    .unwrap();
    // A few seconds of training tell particles from resin, little more.
    assert!(found.foreground.dice() > 0.85, "{:?}", found.foreground);

    let count = *particles.data().iter().max().unwrap() as usize;
    let mut seen = vec![false; count + 1];
    for &id in particles.data() {
        seen[id as usize] = true;
    }
    assert!(seen[1..].iter().all(|&s| s), "ids have gaps");
    count
}

/// Every link of a page that leads to a file leads to one that is there.
fn links_lead_to_files(page: &Path) {
    let html = fs::read_to_string(page).unwrap();
    let targets = html.split(" href=\"").skip(1);
    let files: Vec<&str> = targets
        .filter_map(|rest| rest.split('"').next())
        .filter(|target| !target.starts_with('#') && !target.starts_with("data:"))
        .collect();
    for kind in ["png", "svg", "csv"] {
        assert!(
            files.iter().any(|f| f.ends_with(kind)),
            "no {kind} is linked"
        );
    }
    for file in files {
        let path = page.with_file_name("").join(file);
        assert!(path.is_file(), "{file} is linked but missing");
    }
}

fn tables_follow_the_contract(out: &Path, truth: &Phantom, particles: usize) {
    let csv = out.join("particles.csv");
    let columns = header(&csv);
    assert!(columns.starts_with(PARTICLE_COLUMNS), "{columns}");
    for class in truth.minerals.solids() {
        for kind in ["volume", "surface"] {
            let column = format!("{}_{kind}_pct", truth.minerals.name(class));
            assert!(columns.split(',').any(|c| c == column), "no {column}");
        }
    }
    for column in ["pore_volume_pct", "mass_pct"] {
        assert!(columns.contains(column), "no {column} in {columns}");
    }
    let rows = fs::read_to_string(&csv).unwrap().lines().count() - 1;
    assert_eq!(rows, particles);
    assert!(out.join("particles.parquet").exists());

    for (file, columns) in [
        (
            "liberation_curves.csv",
            "mineral,basis,liberation_at_least_pct",
        ),
        ("liberation_by_size.csv", "mineral,diameter_lower_um,"),
        ("liberation_corrected.csv", "mineral,liberation_lower_pct,"),
    ] {
        assert!(header(&out.join(file)).starts_with(columns), "{file}");
    }

    let liberation = out.join("liberation.csv");
    assert_eq!(header(&liberation), LIBERATION_COLUMNS);
    let text = fs::read_to_string(&liberation).unwrap();
    for basis in [
        "volume_3d",
        "surface_3d",
        "area_2d_maps",
        "area_2d_virtual",
        "area_2d_random",
    ] {
        let classes = text
            .lines()
            .filter(|l| l.starts_with("LiAlO2,") && l.contains(basis))
            .count();
        assert_eq!(classes, 11, "{basis}");
    }
}

fn damaged_results_are_not_compared(project: &Path, out: &Path) {
    let summary = out.join("summary.json");
    let whole = fs::read_to_string(&summary).unwrap();
    let said = |text: &str| {
        fs::write(&summary, text).unwrap();
        let [project, out] = [project, out].map(|path| path.to_str().unwrap());
        let output = corelith(&["report", project, out, "--out", &format!("{out}/both")]);
        assert_eq!(output.status.code(), Some(2));
        stderr(&output)
    };
    for damaged in [
        &whole[..whole.len() / 2],
        "",
        &whole.replace(": {", ": 7, \"x\": {"),
    ] {
        let said = said(damaged);
        assert!(
            said.contains("cannot be used: ") && !said.contains("version"),
            "{said}"
        );
    }
    let this = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    assert!(whole.contains(&this));
    let of_other = said("{\"version\": \"0.0.1\"}");
    assert!(
        of_other.contains("version 0.0.1 of this program wrote them"),
        "{of_other}"
    );
    fs::write(&summary, whole).unwrap();
}

/// `segment` tells how its model suits the scan, and stops where that is asked for.
fn models_are_held_against_the_scan(project: &Path) {
    let own = corelith(&["segment", project.to_str().unwrap(), "--json"]);
    let found: Value = serde_json::from_slice(&own.stdout).unwrap();
    let of_phases = &found["suitability"]["phases"];
    assert_eq!(of_phases["suits"], true, "{found}");
    assert_eq!(of_phases["trained"], of_phases["found"]);
    assert!(!found["suitability"]["particles"].is_null(), "{found}");

    // The same volume of voxels that are twice as large.
    let coarse = project.with_file_name("coarse.toml");
    let text = fs::read_to_string(project).unwrap();
    let voxel = text
        .lines()
        .find(|line| line.starts_with("voxel_size_um"))
        .unwrap();
    fs::write(&coarse, text.replace(voxel, "voxel_size_um = 4.592")).unwrap();
    let (out, model) = (
        project.with_file_name("coarse"),
        project.with_file_name("results/models/phases"),
    );
    let segment = |options: &[&str]| {
        let mut command = vec!["segment", coarse.to_str().unwrap(), "--json"];
        command.extend(["--out", out.to_str().unwrap()]);
        command.extend(["--model", model.to_str().unwrap()]);
        corelith(&[&command, options].concat())
    };
    let refused = segment(&["--only-suitable"]);
    assert_eq!(refused.status.code(), Some(1), "{}", stderr(&refused));
    assert!(stderr(&refused).contains("does not suit this scan: voxels of 4.592 um"));
    let kept = json(&out.join("segmentation/suitability.json"));
    assert_eq!(kept["phases"]["found"]["voxel_um"][0], 4.592);
    assert!(!out.join("segmentation/phases.tif").exists());

    for _ in 0..2 {
        let told = segment(&[]);
        assert!(told.status.success(), "{}", stderr(&told));
        assert!(stderr(&told).contains("warning: voxels of 4.592 um"));
        let found: Value = serde_json::from_slice(&told.stdout).unwrap();
        assert_eq!(found["suitability"], kept);
    }
    // It stands, and it is not what is asked for.
    assert_eq!(segment(&["--only-suitable"]).status.code(), Some(1));
}

#[test]
fn the_chain_runs_resumes_and_redoes_what_changed() {
    let folder = tempfile::tempdir().unwrap();
    let truth = small_phantom(1);
    let project = write_sample(folder.path(), &truth);
    let project_text = project.to_str().unwrap();
    let out = folder.path().join("results");

    let first = corelith(&["run", project_text]);
    assert!(first.status.success(), "{}", stderr(&first));
    maps_are_placed(&out, &truth);
    let particles = segmentation_is_consistent(&out, &truth);
    tables_follow_the_contract(&out, &truth, particles);
    for file in [
        "models/phases/weights.safetensors",
        "models/phases/card.json",
        "models/phases/curve.csv",
        "settings.toml",
    ] {
        assert!(out.join(file).exists(), "no {file}");
    }
    let summary = json(&out.join("summary.json"));
    let validation = &summary["validation"]["map_2"];
    for key in [
        "dice",
        "modal_measured_pct",
        "modal_predicted_pct",
        "particles_predicted",
        "liberation_gap_points",
    ] {
        assert!(!validation[key].is_null(), "no validation {key}: {summary}");
    }
    let page = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(page.contains("LiAlO2") && page.len() < 15_000_000);
    links_lead_to_files(&out.join("report.html"));
    let said = stderr(&first);
    assert!(said.contains("report:"), "{said}");

    let again = stderr(&corelith(&["run", project_text]));
    for stage in [
        "import",
        "register map_0",
        "train",
        "suitability",
        "segment",
        "measure",
        "report",
    ] {
        assert!(
            again.contains(&format!("{stage}: unchanged, skipped")),
            "{stage} was not skipped: {again}"
        );
    }

    models_are_held_against_the_scan(&project);

    let text = fs::read_to_string(&project).unwrap();
    let text = text.replace("random_sections = 40", "random_sections = 41");
    fs::write(&project, text).unwrap();
    let changed = stderr(&corelith(&["run", project_text]));
    for stage in ["import", "register map_2", "train", "segment"] {
        assert!(
            changed.contains(&format!("{stage}: unchanged, skipped")),
            "{stage} was redone: {changed}"
        );
    }
    for stage in ["measure", "report"] {
        assert!(
            changed.contains(&format!("{stage}: done")),
            "{stage} was not redone: {changed}"
        );
    }

    let comparison = folder.path().join("both");
    let both = corelith(&[
        "report",
        project_text,
        out.to_str().unwrap(),
        "--out",
        comparison.to_str().unwrap(),
    ]);
    assert!(both.status.success(), "{}", stderr(&both));
    let html = fs::read_to_string(comparison.join("comparison.html")).unwrap();
    for file in [
        "figures/liberation.svg",
        "tables/samples.csv",
        "differences.csv",
    ] {
        assert!(
            html.contains(file) && comparison.join(file).is_file(),
            "{file}"
        );
    }
    let differences = fs::read_to_string(comparison.join("differences.csv")).unwrap();
    assert_eq!(differences.lines().count(), 1 + 11);
    // A sample does not differ from itself.
    assert!(!differences.contains("true"), "{differences}");

    damaged_results_are_not_compared(&project, &out);
}
