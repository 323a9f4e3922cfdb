use std::collections::HashMap;
use std::path::{Path, PathBuf};

use corelith_core::Region;
use serde::{Deserialize, Serialize};

use crate::voxel_size::{length_um, length_um_option};
use crate::{Error, RawLayout, VolumeOptions, VoxelSize};

/// Section `[ct]` of a project file: the CT slices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CtSection {
    /// Glob pattern, folder or multi-page TIFF with the slices, relative to the project file.
    pub slices: PathBuf,
    /// Voxel size in micrometres, one number or `[x, y, z]`, above 0.
    pub voxel_size_um: VoxelSize,
    /// The channel to read, counted from 1, where the files hold several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<usize>,
    /// How voxels lie in a file without a header, such as
    /// `{ shape = [984, 1011, 1000], type = "uint16", byte_order = "little", offset = 0 }`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<RawLayout>,
}

/// What a mineral map is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The network learns from it.
    Training,
    /// Kept back, to check the result.
    Validation,
}

/// One `[[sem.map]]` of a project file: a mineral map of one polished section.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SemMap {
    /// Colour image (PNG or TIFF) of the minerals, relative to the project file.
    pub mineral_map: PathBuf,
    /// BSE image of the same field, pixel for pixel (PNG or TIFF, 8 or 16 bits).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bse: Option<PathBuf>,
    /// `training` or `validation`.
    pub role: Role,
    /// Name in results; by default the file name of `mineral_map` without its ending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Pixel size of this map in micrometres, where it differs from that of the section.
    #[serde(
        default,
        deserialize_with = "length_um_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub pixel_size_um: Option<f64>,
    /// Placement (`MAP.json` of an earlier registration) from which the search starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<PathBuf>,
    /// Where the middle of the map lies in the CT, in voxels, such as `{ z = [40, 60] }`: only
    /// there is it searched for. Not together with `start`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region_vox: Option<Region>,
}

impl SemMap {
    /// Name in results.
    pub fn name(&self) -> String {
        match &self.name {
            Some(name) => name.clone(),
            None => self
                .mineral_map
                .file_stem()
                .map_or_else(|| "map".to_owned(), |s| s.to_string_lossy().into_owned()),
        }
    }
}

fn background() -> String {
    "Background".to_owned()
}

/// Section `[sem]` of a project file: the mineral maps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SemSection {
    /// Mineral list (CSV `mineral,red,green,blue,density_g_cm3`), relative to the project file.
    pub minerals: PathBuf,
    /// Pixel size of the maps in micrometres, above 0.
    #[serde(deserialize_with = "length_um")]
    pub pixel_size_um: f64,
    /// Name in the mineral list of what is no particle: resin, epoxy, air. Default `Background`.
    #[serde(default = "background")]
    pub background: String,
    /// The maps, in the order of the file.
    #[serde(rename = "map")]
    pub maps: Vec<SemMap>,
}

fn resolved(folder: &Path, path: &Path) -> PathBuf {
    // `join` keeps an absolute path as it is; `components` drops a leading `./`.
    folder.join(path.components().collect::<PathBuf>())
}

fn folder_of(project_file: &Path) -> &Path {
    project_file.parent().unwrap_or(Path::new(""))
}

impl CtSection {
    /// The section with its paths taken relative to the project file.
    #[must_use]
    pub fn resolve(&self, project_file: &Path) -> Self {
        Self {
            slices: resolved(folder_of(project_file), &self.slices),
            ..self.clone()
        }
    }

    /// What the section says of the files because they do not.
    pub fn options(&self) -> VolumeOptions {
        VolumeOptions {
            channel: self.channel,
            raw: self.raw,
        }
    }
}

impl SemSection {
    /// The section with its paths taken relative to the project file.
    #[must_use]
    pub fn resolve(&self, project_file: &Path) -> Self {
        let path = |path: &PathBuf| resolved(folder_of(project_file), path);
        Self {
            minerals: path(&self.minerals),
            maps: self
                .maps
                .iter()
                .map(|map| SemMap {
                    mineral_map: path(&map.mineral_map),
                    bse: map.bse.as_ref().map(path),
                    start: map.start.as_ref().map(path),
                    ..map.clone()
                })
                .collect(),
            ..self.clone()
        }
    }

    /// Pixel size of a map, in micrometres.
    pub fn pixel_size_um_of(&self, map: &SemMap) -> f64 {
        map.pixel_size_um.unwrap_or(self.pixel_size_um)
    }

    /// Fails when there is no training map, when maps share a name or have one that cannot be a
    /// file name, or when what a map says of its place contradicts itself.
    ///
    /// # Errors
    /// [`Error::Section`].
    pub fn check(&self, project_file: &Path) -> Result<(), Error> {
        let wrong = |problem: String| Error::Section {
            path: project_file.to_owned(),
            section: "sem",
            problem,
        };
        if !self.maps.iter().any(|m| m.role == Role::Training) {
            return Err(wrong(format!(
                "none of the {} maps has `role = \"training\"`; at least one map is needed to learn \
                 from",
                self.maps.len()
            )));
        }
        let mut seen: HashMap<String, usize> = HashMap::new();
        for (i, map) in self.maps.iter().enumerate() {
            let name = map.name();
            if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\', ':', '\0']) {
                return Err(wrong(format!(
                    "the name `{name}` of map {} cannot be a file name; give it another `name`",
                    i + 1
                )));
            }
            if let Some(region) = &map.region_vox {
                if map.start.is_some() {
                    return Err(wrong(format!(
                        "map `{name}` has both `start` and `region_vox`; keep one of them"
                    )));
                }
                region
                    .check()
                    .map_err(|e| wrong(format!("region_vox of map `{name}`: {e}")))?;
            }
            // Some file systems do not tell `A` from `a`.
            if let Some(earlier) = seen.insert(name.to_lowercase(), i) {
                return Err(wrong(format!(
                    "maps {} and {} share the name `{name}`; give one of them another `name`",
                    earlier + 1,
                    i + 1
                )));
            }
        }
        Ok(())
    }
}
