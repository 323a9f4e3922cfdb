use std::path::{Path, PathBuf};

use corelith_core::{Artefact, Region, Role, Spacing};
use serde::{Deserialize, Serialize};

use crate::project_path::{note_of_case, project_path};
use crate::stack::check_is_volume;
use crate::voxel_size::{length_um, length_um_option};
use crate::{
    BseSettings, Crop, ElementRule, ElementSettings, Error, MapSettings, MineralList,
    MosaicSettings, Numbers, RawLayout, Unevenness, VolumeOptions, VolumeSource, VoxelSize,
};

/// Pixels of a map a voxel, and voxels a pixel, along one side, that hardly anybody has.
const PIXELS_A_VOXEL_MAX: f64 = 400.0;
const VOXELS_A_PIXEL_MAX: f64 = 50.0;

/// Section `[ct]` of a project file: the CT slices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CtSection {
    /// Glob pattern, folder or volume file with the slices, relative to the project file.
    pub slices: PathBuf,
    /// Voxel size in micrometres, one number or `[x, y, z]`, above 0.
    pub voxel_size_um: VoxelSize,
    /// The channel that is the CT, counted from 1, where the files hold several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<usize>,
    /// How voxels lie in a file without a header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<RawLayout>,
    /// The array of an HDF5 file that is the CT, such as `/entry/data/data`, where there are
    /// several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataset: Option<String>,
    /// What is evened: `drift` of grey levels along the stack, and `seams` between slices.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub even: Vec<Unevenness>,
    /// What is taken out of the grey values before maps are placed and minerals are learned and told
    /// apart, where the greys themselves show it: `shading` (cupping by beam hardening, an uneven
    /// beam), and `rings`.
    #[serde(default = "all_artefacts", skip_serializing_if = "is_all_artefacts")]
    pub correct: Vec<Artefact>,
}

fn all_artefacts() -> Vec<Artefact> {
    Artefact::ALL.to_vec()
}

fn is_all_artefacts(correct: &Vec<Artefact>) -> bool {
    *correct == Artefact::ALL
}

impl CtSection {
    /// Slices that say of themselves how they are to be read.
    pub fn new(slices: PathBuf, voxel_size_um: VoxelSize) -> Self {
        Self {
            slices,
            voxel_size_um,
            channel: None,
            raw: None,
            dataset: None,
            even: Vec::new(),
            correct: all_artefacts(),
        }
    }

    /// Opens the slices of a project file in a folder.
    ///
    /// # Errors
    /// See [`VolumeSource::open_with`]; [`Error::Volume`] for one slice alone.
    pub fn open(&self, folder: &Path) -> Result<VolumeSource, Error> {
        let options = VolumeOptions {
            channel: self.channel,
            raw: self.raw,
            dataset: self.dataset.clone(),
            even: self.even.clone(),
        };
        let source = VolumeSource::open_with(&project_path(folder, &self.slices), &options)?;
        check_is_volume(&source)?;
        Ok(source)
    }
}

/// One `[[sem.map]]` of a project file: a mineral map of one polished section.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SemMap {
    /// Image of the minerals (PNG, TIFF, BMP, GIF, WebP or JPEG; colours or class numbers),
    /// relative to the project file; or a folder or pattern of its frames. Empty where `elements`
    /// are given.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub mineral_map: PathBuf,
    /// Folder or pattern of images (or tables) of one element each, such as `Si K.tif`, in place of
    /// `mineral_map`: the rules of the section tell minerals by them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elements: Option<PathBuf>,
    /// How the frames lie, where `mineral_map` is a folder or pattern of several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mosaic: Option<MosaicSettings>,
    /// BSE image of the same field (greyscale of any depth in the same formats). For a mosaic, a
    /// folder or pattern with one BSE image for each frame, or one BSE image of the whole section.
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
    /// The part of the map image that is the map, `[left, top, width, height]` in pixels: without
    /// legend, scale bar and data bar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crop_px: Option<Crop>,
    /// The part of the BSE image that shows the field, `[left, top, width, height]` in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bse_crop_px: Option<Crop>,
    /// Column and row of the (cropped) BSE image under the first pixel of the map, where both have
    /// pixels of one size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bse_offset_px: Option<[i64; 2]>,
    /// Colour tolerance of this map, where it differs from that of the section.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colour_tolerance: Option<f64>,
    /// What the grey values of a class-number map mean: `row` (0 is the first row of the mineral
    /// list) or `row_from_one`; not needed where the mineral list has a column `number`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub numbers: Option<Numbers>,
    /// Page of a TIFF map, counted from 1; by default the largest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<usize>,
    /// Page of a TIFF BSE image, counted from 1; by default the largest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bse_page: Option<usize>,
    /// Whether the BSE image is stored with bright and dark exchanged.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bse_inverted: bool,
    /// Placement (`MAP.json` of an earlier registration) from which the search starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<PathBuf>,
    /// Where the middle of the map lies in the CT, in voxels, such as `{ z = [40, 60] }`: only
    /// there is it searched for. Not together with `start`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region_vox: Option<Region>,
}

impl SemMap {
    /// A map that is read as it is.
    pub fn new(mineral_map: PathBuf, role: Role) -> Self {
        Self {
            mineral_map,
            elements: None,
            mosaic: None,
            bse: None,
            role,
            name: None,
            pixel_size_um: None,
            crop_px: None,
            bse_crop_px: None,
            bse_offset_px: None,
            colour_tolerance: None,
            numbers: None,
            page: None,
            bse_page: None,
            bse_inverted: false,
            start: None,
            region_vox: None,
        }
    }

    /// How its BSE image is to be read.
    pub fn bse_settings(&self) -> BseSettings {
        BseSettings {
            crop_px: self.bse_crop_px,
            map_crop_px: self.crop_px,
            offset_px: self.bse_offset_px,
            page: self.bse_page,
            inverted: self.bse_inverted,
        }
    }

    /// What holds the minerals: the image, the frames, or the images of elements.
    pub fn image(&self) -> &Path {
        self.elements.as_deref().unwrap_or(&self.mineral_map)
    }

    /// Name in results: `name`, or that of the file; of several files that of their folder.
    pub fn name(&self) -> String {
        match &self.name {
            Some(name) => name.clone(),
            // Paths of Windows have back slashes, wherever they are read.
            None => {
                let path = self.image().to_string_lossy();
                let named = path.rsplit(['/', '\\']).find_map(plain_name);
                named.unwrap_or_else(|| "map".to_owned())
            }
        }
    }
}

fn is_empty(path: &Path) -> bool {
    path.as_os_str().is_empty()
}

/// The name of a file without its ending; `None` for a pattern, whose folder names the map.
fn plain_name(part: &str) -> Option<String> {
    let stem = Path::new(part).file_stem()?.to_string_lossy().into_owned();
    let is_name = !stem.contains(['*', '?', '[']) && !matches!(part, "" | "." | "..");
    is_name.then_some(stem)
}

fn background() -> String {
    "Background".to_owned()
}

/// Section `[sem]` of a project file: the mineral maps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SemSection {
    /// Mineral list (CSV `mineral,red,green,blue,density_g_cm3,number,ignore`, of which the last
    /// three may be left out), relative to the project file.
    pub minerals: PathBuf,
    /// Pixel size of the maps in micrometres, above 0.
    #[serde(deserialize_with = "length_um")]
    pub pixel_size_um: f64,
    /// Name in the mineral list of what is no particle: resin, epoxy, air. Default `Background`.
    #[serde(default = "background")]
    pub background: String,
    /// Classes of the mineral list whose pixels count as not measured; without this and without a
    /// column `ignore` in the list, those called `[Unclassified]`, "Unknown" or the like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unmeasured: Option<Vec<String>>,
    /// Colours that are not in the mineral list and stand for pixels that were not measured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmeasured_rgb: Vec<[u8; 3]>,
    /// Largest distance in RGB (0 to 441) at which a pixel takes the mineral of another colour, for
    /// maps that were smoothed, resized or saved as JPEG. Without it colours have to be exact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colour_tolerance: Option<f64>,
    /// Which values of elements make which mineral, for maps that are given as `elements`: the
    /// first rule that holds at a pixel counts.
    #[serde(default, rename = "rule", skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<ElementRule>,
    /// Mineral of pixels for which no rule holds; without it they count as not measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unclassified: Option<String>,
    /// The maps, in the order of the file.
    #[serde(rename = "map")]
    pub maps: Vec<SemMap>,
}

impl SemSection {
    /// Maps of one pixel size, everything else as without it in a file.
    pub fn new(
        minerals: PathBuf,
        background: String,
        pixel_size_um: f64,
        maps: Vec<SemMap>,
    ) -> Self {
        Self {
            minerals,
            pixel_size_um,
            background,
            unmeasured: None,
            unmeasured_rgb: Vec::new(),
            colour_tolerance: None,
            rules: Vec::new(),
            unclassified: None,
            maps,
        }
    }

    /// Pixel size of a map, in micrometres.
    pub fn pixel_size_um_of(&self, map: &SemMap) -> f64 {
        map.pixel_size_um.unwrap_or(self.pixel_size_um)
    }

    /// The mineral list of a project file in a folder.
    ///
    /// # Errors
    /// See [`read_mineral_list`](crate::read_mineral_list).
    pub fn read_minerals(&self, folder: &Path) -> Result<MineralList, Error> {
        let path = project_path(folder, &self.minerals);
        let mut list =
            crate::read_mineral_list(&path, &self.background, self.unmeasured.as_deref())?;
        list.notes.extend(note_of_case(folder, &self.minerals));
        Ok(list)
    }

    /// A sentence for each size of pixels that can hardly be meant in a CT of that spacing: one in
    /// another unit.
    pub fn unlikely_pixel_sizes(&self, voxel: Spacing) -> Vec<String> {
        let voxel_um = voxel.x_um.min(voxel.y_um).min(voxel.z_um);
        let of_maps = self.maps.iter().filter_map(|map| map.pixel_size_um);
        let mut sizes: Vec<f64> = of_maps.collect();
        if self.maps.iter().any(|map| map.pixel_size_um.is_none()) {
            sizes.insert(0, self.pixel_size_um);
        }
        let unlikely =
            |um: &f64| !(1.0 / PIXELS_A_VOXEL_MAX..VOXELS_A_PIXEL_MAX).contains(&(um / voxel_um));
        sizes.retain(unlikely);
        sizes
            .iter()
            .map(|um| {
                let (ratio, how) = match um < &voxel_um {
                    true => (voxel_um / um, "smaller"),
                    false => (um / voxel_um, "larger"),
                };
                format!(
                    "`pixel_size_um = {um}` is {ratio:.0} times {how} than the voxels of the CT \
                     ({voxel_um} um): is one of both in millimetres or nanometres? Write \
                     micrometres"
                )
            })
            .collect()
    }

    /// How images of elements become minerals.
    pub fn element_settings(&self) -> ElementSettings {
        ElementSettings {
            rules: self.rules.clone(),
            unclassified: self.unclassified.clone(),
        }
    }

    /// How a map is to be read.
    pub fn map_settings(&self, map: &SemMap) -> MapSettings {
        MapSettings {
            crop_px: map.crop_px,
            colour_tolerance: map.colour_tolerance.or(self.colour_tolerance),
            unmeasured_rgb: self.unmeasured_rgb.clone(),
            numbers: map.numbers,
            page: map.page,
        }
    }
}
