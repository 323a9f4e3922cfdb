use std::path::{Path, PathBuf};

use corelith_core::{Minerals, Raster, Silent, Spacing, Volume};
use nalgebra::Vector3;

use crate::{Result, parse_npy};

/// Folders of samples that come with their truth, by name: those in `CORELITH_SAMPLES`, by
/// default `shared/samples` beside the repository.
///
/// # Errors
/// When there are none.
pub fn sample_folders() -> Result<Vec<PathBuf>> {
    let samples = std::env::var_os("CORELITH_SAMPLES").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/samples"),
        PathBuf::from,
    );
    let missing = |problem: String| {
        format!(
            "no samples in {} ({problem}); set CORELITH_SAMPLES to a folder that holds them",
            samples.display()
        )
    };
    let mut folders: Vec<PathBuf> = std::fs::read_dir(&samples)
        .map_err(|e| missing(e.to_string()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|folder| folder.join("sample.toml").is_file() && folder.join("truth").is_dir())
        .collect();
    folders.sort();
    if folders.is_empty() {
        return Err(missing("no folder holds sample.toml and truth".to_owned()).into());
    }
    Ok(folders)
}

/// What is known about a sample.
#[derive(Debug, Clone)]
pub struct SampleTruth {
    /// The mineral list; its first row is the background.
    pub minerals: Minerals,
    /// Class of every voxel.
    pub phases: Volume<u8>,
    /// Particle of every voxel, 0 = none.
    pub particles: Volume<u32>,
    /// Name of every map and CT position x, y, z of its pixels, in voxels.
    pub maps: Vec<(String, [Raster<f32>; 3])>,
}

impl SampleTruth {
    /// Reads `truth/` and the mineral list of a sample folder.
    ///
    /// A map's pixel `(col, row)` lies at `origin + col du + row dv`, shifted in the plane by its
    /// displacement: `displacement[row][col] = [a, b]` are voxels along the unit vectors of `du`
    /// and `dv`.
    ///
    /// # Errors
    /// When a file is missing or is not what it should be.
    pub fn load(sample: &Path) -> Result<Self> {
        let truth = sample.join("truth");
        let unknown = Spacing::isotropic(1.0);
        let facts: serde_json::Value = corelith_io::read_json(&truth.join("truth.json"))?;
        let poses = facts["poses"]
            .as_object()
            .ok_or("truth.json has no poses")?;
        let mut maps = Vec::new();
        for (name, pose) in poses {
            let path = truth.join(format!("{name}_displacement.npy"));
            let displacement = parse_npy(&std::fs::read(&path)?)
                .map_err(|e| format!("{}: {e}", path.display()))?;
            maps.push((name.clone(), coordinates(pose, &displacement)?));
        }
        let background = facts["names"][0].as_str().unwrap_or("Background");
        Ok(Self {
            minerals: corelith_io::read_mineral_list(
                &sample.join("sem/minerals.csv"),
                background,
                None,
            )?
            .minerals,
            phases: corelith_io::read_volume(&truth.join("phases.tif"), unknown, &Silent)?,
            particles: corelith_io::read_volume(&truth.join("particles.tif"), unknown, &Silent)?,
            maps,
        })
    }
}

fn coordinates(
    pose: &serde_json::Value,
    displacement: &crate::NpyArray,
) -> Result<[Raster<f32>; 3]> {
    let vector = |key: &str| -> Result<Vector3<f64>> {
        let values: Vec<f64> = pose[key]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(serde_json::Value::as_f64)
            .collect();
        <[f64; 3]>::try_from(values)
            .map(Vector3::from)
            .map_err(|found| format!("pose: {key} is {found:?}, expected 3 numbers").into())
    };
    let (origin, du, dv) = (vector("origin_xyz")?, vector("du_xyz")?, vector("dv_xyz")?);
    let [rows, cols, 2] = displacement.shape[..] else {
        return Err(format!("displacement of shape {:?}", displacement.shape).into());
    };
    let at = |col: usize, row: usize| {
        let i = 2 * (row * cols + col);
        let [a, b] = [0, 1].map(|k| f64::from(displacement.values[i + k]));
        origin + du * col as f64 + dv * row as f64 + du.normalize() * a + dv.normalize() * b
    };
    Ok(std::array::from_fn(|axis| {
        Raster::from_fn(rows, cols, |col, row| at(col, row)[axis] as f32)
    }))
}
