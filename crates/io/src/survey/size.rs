//! Sizes of voxels and pixels, and where they were found.

use std::fs;
use std::path::Path;

use serde::Serialize;

use crate::length_unit::um_per_unit;
use crate::regular_file::read_regular_file;
use crate::text;

/// Sizes further apart than this are different ones.
const DISAGREEMENT: f64 = 0.01;

/// A size that a file states.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StatedSize {
    /// Along x, y and z (of pixels, z is that of x), in micrometres, rounded to 1e-6.
    pub xyz_um: [f64; 3],
    /// Where it stands, in words.
    pub from: String,
}

impl StatedSize {
    pub(super) fn new(xyz_um: [f64; 3], from: impl Into<String>) -> Option<Self> {
        let xyz_um = xyz_um.map(|um| (um * 1e6).round() / 1e6);
        let from = from.into();
        let good = xyz_um.iter().all(|um| um.is_finite() && *um > 0.0);
        good.then_some(Self { xyz_um, from })
    }

    fn is_like(&self, other: &Self) -> bool {
        let pairs = self.xyz_um.iter().zip(&other.xyz_um);
        pairs.fold(true, |like, (a, b)| {
            like && (a / b - 1.0).abs() <= DISAGREEMENT
        })
    }

    /// As in a project file: one number, or three.
    pub(super) fn in_toml(&self) -> String {
        let [x, y, z] = self.xyz_um;
        match x == y && y == z {
            true => format!("{x:?}"),
            false => format!("[{x:?}, {y:?}, {z:?}]"),
        }
    }
}

/// What several files state of one size.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct StatedSizes {
    /// The most trusted first.
    pub stated: Vec<StatedSize>,
}

impl StatedSizes {
    /// The size, where something states it and nothing contradicts.
    pub fn agreed(&self) -> Option<&StatedSize> {
        let first = self.stated.first()?;
        self.stated
            .iter()
            .all(|s| s.is_like(first))
            .then_some(first)
    }
}

/// A log of a scanner or of a reconstruction is at most so large.
const LOG_BYTES_MAX: u64 = 4 << 20;

/// The keys of voxel sizes in the logs of reconstruction programs: ending of the file, section,
/// keys along x, y and z, and micrometres in their unit.
const LOGS: [(&str, &str, [&str; 3], f64); 3] = [
    // Nikon X-Tek: millimetres.
    (
        "xtekct",
        "XTekCT",
        ["VoxelSizeX", "VoxelSizeY", "VoxelSizeZ"],
        1e3,
    ),
    // Bruker SkyScan, NRecon: the unit stands in the key.
    ("log", "Reconstruction", ["Pixel Size (um)"; 3], 1.0),
    // GE phoenix datos|x: millimetres.
    ("pcr", "VolumeData", ["VoxelSizeRec"; 3], 1e3),
];

/// The voxel sizes that logs beside the slices state: in their folder and the one above it.
///
/// `folder` lies below `root`, parts joined by `/`.
pub(super) fn sizes_of_logs(root: &Path, folder: &str) -> Vec<StatedSize> {
    let mut folders = vec![folder];
    if let Some((above, _)) = folder.rsplit_once('/') {
        folders.push(above);
    } else if !folder.is_empty() {
        folders.push("");
    }
    let mut sizes = Vec::new();
    for folder in folders {
        let Ok(entries) = fs::read_dir(root.join(folder)) else {
            continue;
        };
        let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            let ending = path.extension().unwrap_or_default().to_string_lossy();
            let ending = ending.to_lowercase();
            let log = LOGS.iter().find(|log| log.0 == ending);
            if log.is_none() && ending != "vgi" {
                continue;
            }
            let Ok(bytes) = read_regular_file(&path, LOG_BYTES_MAX, "a log") else {
                continue;
            };
            let Some(decoded) = text::decode(&bytes) else {
                continue;
            };
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            sizes.extend(match log {
                Some(log) => size_in_log(&decoded.text, log, &name),
                None => size_in_vgi(&decoded.text, &name),
            });
        }
    }
    sizes
}

/// The size in a file of VGStudio: three lengths, and their unit.
fn size_in_vgi(text: &str, name: &str) -> Option<StatedSize> {
    let of = |wanted: &str| {
        let mut pairs = text.lines().filter_map(|line| line.split_once('='));
        pairs.find_map(|(key, value)| (key.trim() == wanted).then(|| value.trim()))
    };
    let um = um_per_unit(of("unit")?)?;
    let lengths: Option<Vec<f64>> = of("resolution")?
        .split_whitespace()
        .map(|n| n.parse().ok())
        .collect();
    let xyz: [f64; 3] = lengths?.try_into().ok()?;
    StatedSize::new(xyz.map(|n| n * um), format!("{name}, `resolution`"))
}

fn size_in_log(
    text: &str,
    (_, section, keys, unit_um): &(&str, &str, [&str; 3], f64),
    name: &str,
) -> Option<StatedSize> {
    let mut inside = false;
    let mut xyz_um = [None; 3];
    for line in text.lines().map(str::trim) {
        if let Some(found) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            inside = found == *section;
        } else if inside && let Some((key, value)) = line.split_once('=') {
            for (size, wanted) in xyz_um.iter_mut().zip(keys) {
                if key.trim() == *wanted {
                    *size = value.trim().parse::<f64>().ok().map(|v| v * unit_um);
                }
            }
        }
    }
    let [Some(x), Some(y), Some(z)] = xyz_um else {
        return None;
    };
    StatedSize::new([x, y, z], format!("{name}, section [{section}]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_of_reconstruction_programs_are_understood() {
        let folder = tempfile::tempdir().unwrap();
        let ct = folder.path().join("ct");
        fs::create_dir(&ct).unwrap();
        let of = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            let sizes = sizes_of_logs(folder.path(), "ct");
            fs::remove_file(&path).unwrap();
            sizes
        };
        let skyscan =
            "[Acquisition]\nImage Pixel Size (um)=1.1\n[Reconstruction]\nPixel Size (um)=2.296\n";
        let found = of("ct/rec.log", skyscan);
        assert_eq!(found[0].xyz_um, [2.296; 3]);
        assert!(found[0].from.contains("rec.log"), "{found:?}");
        let nikon =
            "[XTekCT]\r\nVoxelSizeX=0.002296\r\nVoxelSizeY=0.002296\r\nVoxelSizeZ=0.004592\r\n";
        assert_eq!(of("scan.xtekct", nikon)[0].xyz_um, [2.296, 2.296, 4.592]);
        assert_eq!(
            of("ct/a.PCR", "[VolumeData]\nVoxelSizeRec=0.004\n")[0].xyz_um,
            [4.0; 3]
        );
        let vgi = "[geometry]\nresolution = 0.002296 0.002296 0.004592\nunit = mm\n";
        assert_eq!(of("ct/a.vgi", vgi)[0].xyz_um, [2.296, 2.296, 4.592]);
        for (name, text) in [
            ("ct/a.vgi", "[geometry]\nresolution = 1 1 1\n"),
            ("ct/run.log", "Pixel Size (um)=3\n"),
            ("ct/run.log", "[Reconstruction]\nPixel Size (um)=-3\n"),
            ("scan.xtekct", "[XTekCT]\nVoxelSizeX=0.1\n"),
        ] {
            assert_eq!(of(name, text), [], "{text}");
        }
    }

    #[test]
    fn sizes_that_contradict_each_other_are_not_agreed() {
        let size = |um: f64| StatedSize::new([um; 3], "a").unwrap();
        let sizes = |all: &[f64]| StatedSizes {
            stated: all.iter().map(|um| size(*um)).collect(),
        };
        assert_eq!(sizes(&[2.296, 2.3]).agreed(), Some(&size(2.296)));
        assert_eq!(sizes(&[2.296, 4.592]).agreed(), None);
        assert_eq!(sizes(&[]).agreed(), None);
        assert_eq!(StatedSize::new([0.0, 1.0, 1.0], "a"), None);
        assert_eq!(size(4.0).in_toml(), "4.0");
    }
}
