//! Where each mineral map lies in the CT volume.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use corelith_core::{CtFromMap, Minerals, Raster, Volume, seed_of};
use corelith_registration::{MapInput, PreparedCt, Registration, Settings, Status, Whereabouts};
use serde::{Deserialize, Serialize};

use crate::results::{CorrectedCt, StoredMap, StoredPlacement};
use crate::resume::{Content, Stage, StageFiles};
use crate::{Context, Error};

/// `registration/MAP.json`, relative to the results.
pub fn placement_file(map: &str) -> PathBuf {
    Path::new("registration").join(format!("{map}.json"))
}

/// `registration/MAP_coords.tif`, relative to the results.
pub fn coordinates_file(map: &str) -> PathBuf {
    Path::new("registration").join(format!("{map}_coords.tif"))
}

/// `registration/MAP_overlay.png`, relative to the results.
pub fn overlay_file(map: &str) -> PathBuf {
    Path::new("registration").join(format!("{map}_overlay.png"))
}

/// The CT volume made ready for placing, once for all maps of a run and only if one is placed.
pub struct ForPlacing<'a> {
    stored: &'a CorrectedCt,
    volume: &'a OnceCell<Arc<Volume<u16>>>,
    prepared: OnceCell<PreparedCt<'a>>,
}

impl<'a> ForPlacing<'a> {
    /// Of a volume, which is kept in the cell.
    pub fn new(stored: &'a CorrectedCt, volume: &'a OnceCell<Arc<Volume<u16>>>) -> Self {
        Self {
            stored,
            volume,
            prepared: OnceCell::new(),
        }
    }

    fn get(&self, context: &Context<'_>) -> Result<(&'a Volume<u16>, &PreparedCt<'a>), Error> {
        let volume = match self.volume.get() {
            Some(volume) => volume,
            None => {
                let read = self.stored.read(context.progress)?;
                self.volume.get_or_init(|| read)
            }
        };
        let prepared = match self.prepared.get() {
            Some(prepared) => prepared,
            None => {
                let made = PreparedCt::new(volume, context.compute)?;
                self.prepared.get_or_init(|| made)
            }
        };
        Ok((volume, prepared))
    }
}

/// What the project says of where a map lies.
#[derive(Debug, Clone, Serialize)]
pub enum Hint {
    /// A placement to start from.
    Start(Content),
    /// Where the map's middle lies.
    Region(corelith_core::Region),
}

/// Places one map.
#[derive(Serialize)]
pub struct Register<'a, 'ct> {
    /// The CT volume.
    pub ct: &'a CorrectedCt,
    /// The map.
    pub map: &'a StoredMap,
    /// The mineral list, without densities.
    pub minerals: &'a Minerals,
    /// Where it lies, as far as is known.
    pub hint: Option<&'a Hint>,
    /// How it is placed.
    pub settings: &'a Settings,
    /// Seed of the run.
    pub seed: u64,
    /// The same volume, made ready.
    #[serde(skip)]
    pub prepared: &'a ForPlacing<'ct>,
}

/// What a start file must hold; a `MAP.json` of an earlier registration does.
#[derive(Deserialize)]
struct Start {
    ct_from_map: CtFromMap,
}

impl Hint {
    /// As registration takes it.
    ///
    /// # Errors
    /// When a placement cannot be read.
    pub fn whereabouts(&self) -> Result<Whereabouts, Error> {
        Ok(match self {
            Self::Start(file) => {
                let start: Start = corelith_io::read_json(file.path())?;
                Whereabouts::Start(start.ct_from_map)
            }
            Self::Region(region) => Whereabouts::Region(*region),
        })
    }
}

impl Stage for Register<'_, '_> {
    const VERSION: u32 = 7;
    type Outputs = StoredPlacement;

    fn name(&self) -> String {
        format!("register {}", self.map.name)
    }

    fn run(&self, context: &Context<'_>) -> Result<Vec<PathBuf>, Error> {
        let name = &self.map.name;
        let (ct, prepared) = self.prepared.get(context)?;
        let classes = self.map.read_classes()?;
        let bse = self.map.read_bse()?;
        let input = MapInput {
            name,
            classes: &classes,
            minerals: self.minerals,
            bse: bse.as_ref(),
            pixel_size_um: self.map.pixel_um,
            whereabouts: self.hint.map(Hint::whereabouts).transpose()?,
        };
        let placement = corelith_registration::register(
            prepared,
            &input,
            self.settings,
            seed_of(self.seed, &self.name()),
            context.progress,
        )?;
        context.say(&describe(&placement));

        let coordinates = placement.coords(classes.rows(), classes.cols());
        let frames = placement.frames();
        let (rows, cols, rgb) =
            corelith_registration::overlay(ct, &coordinates, &classes, self.minerals, frames)?;
        let (pixels, _) = rgb.as_chunks::<3>();
        let overlay = Raster::new(pixels.to_vec(), rows, cols)?;
        let files = [
            coordinates_file(name),
            overlay_file(name),
            placement_file(name),
        ];
        let [x, y, z] = &coordinates;
        corelith_io::write_map_coordinates(
            &context.result(&files[0]),
            [x, y, z],
            self.map.pixel_um,
        )?;
        corelith_io::write_png(&context.result(&files[1]), &overlay)?;
        corelith_io::write_json(&context.result(&files[2]), &placement)?;
        Ok(files.into())
    }

    fn outputs(&self, files: &StageFiles) -> Result<Self::Outputs, Error> {
        let name = &self.map.name;
        Ok(StoredPlacement::new(
            self.map.clone(),
            files.get(placement_file(name))?,
            files.get(coordinates_file(name))?,
            files.get(overlay_file(name))?,
        ))
    }
}

fn describe(found: &Registration) -> String {
    let lead = format!(
        "right with a probability of {:.3} ({:.2} needed)",
        found.probability, found.probability_needed
    );
    match found.status {
        Status::Found => format!(
            "  found: tilt {:.1} deg{}{}, {lead}, uncertain by {:.2} voxels",
            found.tilt_deg,
            if found.mirrored { ", mirrored" } else { "" },
            found.frames().map_or_else(String::new, |frames| format!(
                ", {} frames put back by {:.1} voxels",
                frames.shifts_vox.len(),
                frames.rms_vox()
            )),
            found.uncertainty_vox
        ),
        Status::NotFound => format!("  not found, {lead}: {}", found.reason),
    }
}
