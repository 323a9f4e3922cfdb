//! Mosaics: the mineral map of one section as frames that overlap.

mod agreement;
mod arrange;
mod bse_frames;
mod by_table;
mod compose;
mod expect;
mod fit;
mod fourier;
mod frame_names;
mod grain;
mod layout;
mod likeness;
mod links;
mod order;
mod placement;
mod position_table;
mod remarks;
mod said_to_adjoin;
mod seams;
mod settings;
mod step;
mod task;
mod untied;

use std::path::{Path, PathBuf};

use corelith_core::{Progress, Raster, UNMEASURED};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::bse::{Bse, FrameBse, read_frames};
use crate::image_file::PIXELS_MAX;
use crate::mineral_map::{noted, read_map_frame};
use crate::{BseSettings, Error, MapSettings, MineralList, MineralMap};
use arrange::{Arranged, arrange};
use bse_frames::BseFrames;
use compose::Canvas;
pub(crate) use frame_names::say_cells;
use grain::Grain;
use layout::Layout;
use likeness::FramePixels;
pub use links::FrameLink;
use remarks::{of_frames, range_of, summary};
use seams::{GreyScale, evened};
pub use settings::{Corner, FrameOrder, MosaicSettings};
use task::Task;

/// A section has at most so many times the pixels of its frames: a wrong position would leave
/// nearly all of it empty.
const SPREAD_MAX: u64 = 200;

/// A frame of a mosaic, placed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlacedFrame {
    /// Name of its file.
    pub file: String,
    /// Columns and rows.
    pub size_px: [usize; 2],
    /// Column and row of its first pixel in the section.
    pub corner_px: [usize; 2],
    /// How far it lies from where names or table and the usual step put it, in pixels along x and y.
    pub shift_px: [f64; 2],
    /// Its grey values in the BSE image are `gain` times those of its file, plus `offset`.
    pub gain: f64,
    /// See `gain`.
    pub offset: f64,
}

/// How the frames of a section were put together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stitching {
    /// Columns and rows of the section.
    pub size_px: [usize; 2],
    /// The frames.
    pub frames: Vec<PlacedFrame>,
    /// Neighbours, and how alike they are where they overlap.
    pub links: Vec<FrameLink>,
}

/// The frames of one section: files, and what is known of their places.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mosaic {
    /// The folder or pattern, for messages.
    #[serde(skip)]
    place: PathBuf,
    map: Layout,
    bse: Option<BseFrames>,
    settings: MosaicSettings,
}

/// A section that was put together.
pub(crate) struct Stitched {
    pub map: MineralMap,
    pub bse: Option<Bse>,
    pub stitching: Stitching,
}

impl Mosaic {
    /// The frames in the folder `map`, or that match the pattern `map`, and the BSE images of the
    /// same frames. `folder` is that of the project file, `pixel_um` the size of a pixel.
    ///
    /// # Errors
    /// [`Error::Image`] for names that do not tell where frames lie, and for two frames of one
    /// place; those of reading a table of positions.
    pub(crate) fn open(
        map: &Path,
        bse: Option<&Path>,
        folder: &Path,
        settings: &MosaicSettings,
        pixel_um: f64,
    ) -> Result<Self, Error> {
        let layout = Layout::open(map, folder, settings, pixel_um)?;
        let bse = bse
            .map(|bse| BseFrames::open(bse, &layout, folder, settings, pixel_um))
            .transpose()?;
        Ok(Self {
            place: map.to_owned(),
            map: layout,
            bse,
            settings: settings.clone(),
        })
    }

    /// The files of the maps.
    pub(crate) fn files(&self) -> &[PathBuf] {
        &self.map.paths
    }

    /// The files of the BSE images.
    pub(crate) fn bse_files(&self) -> &[PathBuf] {
        self.bse.as_ref().map_or(&[], |bse| &bse.paths)
    }

    /// Reads the frames and puts them together.
    ///
    /// # Errors
    /// Those of [`read_mineral_map`](crate::read_mineral_map) and [`read_bse`](crate::read_bse) for a frame, [`Error::Image`]
    /// when frames do not fit together, and cancellation.
    pub(crate) fn read(
        &self,
        list: &MineralList,
        settings: &MapSettings,
        bse_settings: &BseSettings,
        progress: &dyn Progress,
    ) -> Result<Stitched, Error> {
        progress.start("reading frames", self.map.len() as u64);
        let read: Vec<MineralMap> = self
            .map
            .paths
            .par_iter()
            .map(|path| {
                progress.check()?;
                let map = read_map_frame(path, list, settings);
                progress.advance(1);
                map
            })
            .collect::<Result<_, _>>()?;
        progress.finish();
        let mut notes = self.map.notes.clone();
        notes.extend(of_frames(
            &self.map.paths,
            read.iter().map(|map| map.notes.as_slice()),
        ));
        self.refuse_copies(&read)?;
        let mut bse_notes = Vec::new();
        let greys = match &self.bse {
            Some(bse) => {
                let frames: Vec<FrameBse<'_>> = bse
                    .paths
                    .iter()
                    .zip(&self.map.paths)
                    .zip(&read)
                    .map(|((path, map_path), map)| FrameBse {
                        path,
                        map_path,
                        map,
                    })
                    .collect();
                let read = read_frames(&frames, bse_settings, bse.is_said, progress)?;
                let (greys, of_each) = (read.greys, read.notes);
                bse_notes.extend(bse.notes.clone());
                bse_notes.extend(read.of_all);
                bse_notes.extend(of_frames(&bse.paths, of_each.iter().map(Vec::as_slice)));
                greys.into_iter().map(Some).collect()
            }
            None => vec![None; read.len()],
        };
        let (moved, frames): (Vec<_>, Vec<_>) = read
            .into_iter()
            .zip(greys)
            .map(|(map, grey)| {
                let classes = map.classes;
                (map.moved, FramePixels { classes, grey })
            })
            .unzip();
        let task = Task {
            layout: &self.map,
            frames: &frames,
            grain: Grain::of(&frames),
            settings: &self.settings,
            place: &self.place,
        };
        let arranged = arrange(&task, progress)?;
        notes.extend(arranged.notes.iter().cloned());
        let sizes: Vec<[usize; 2]> = frames.iter().map(FramePixels::size).collect();
        let canvas = Canvas::of(&arranged.placed, &sizes);
        let [cols, rows] = canvas.size;
        if cols as u64 * rows as u64 > PIXELS_MAX {
            return Err(Error::Image {
                path: self.place.clone(),
                problem: format!(
                    "the frames put together have {cols} x {rows} pixels; sections of up to {} \
                     million pixels are read. Give each part of the section a map of its own",
                    PIXELS_MAX / 1_000_000
                ),
            });
        }
        let of_frames: u64 = sizes.iter().map(|[c, r]| *c as u64 * *r as u64).sum();
        if of_frames.saturating_mul(SPREAD_MAX) < cols as u64 * rows as u64 {
            return Err(Error::Image {
                path: self.place.clone(),
                problem: format!(
                    "its frames would lie in {cols} x {rows} pixels and cover {:.2} % of them, \
                     expected at least {:.1} %; check the positions, their unit and \
                     `pixel_size_um`, or give far parts of the section a map of their own",
                    100.0 * of_frames as f64 / (cols as f64 * rows as f64),
                    100.0 / SPREAD_MAX as f64
                ),
            });
        }
        let scales = match self.bse {
            Some(_) => {
                let greys: Vec<&Raster<f32>> =
                    frames.iter().filter_map(|f| f.grey.as_ref()).collect();
                evened(&greys, &arranged.links)
            }
            None => vec![GreyScale::NONE; frames.len()],
        };
        let (classes, greys): (Vec<Raster<u8>>, Vec<Option<Raster<f32>>>) =
            frames.into_iter().map(|f| (f.classes, f.grey)).unzip();
        let map = MineralMap {
            classes: canvas.composed(&classes, UNMEASURED, |class| class != UNMEASURED),
            moved: moved_together(&moved, &classes, &canvas),
            image_size: canvas.size,
            notes,
        };
        drop(classes);
        let evened: Vec<Raster<f32>> = greys
            .into_iter()
            .flatten()
            .zip(&scales)
            .map(|(grey, scale)| grey.map(|v| (scale.gain * f64::from(*v) + scale.offset) as f32))
            .collect();
        let bse = self.bse.is_some().then(|| {
            bse_notes.extend(range_of(&scales));
            Bse {
                grey: canvas.composed(&evened, f32::NAN, f32::is_finite),
                notes: bse_notes,
            }
        });
        let stitching = self.stitching(&canvas, &sizes, &arranged, &scales);
        let mut map = noted(map, list, &self.place)?;
        map.notes.insert(0, summary(&stitching, &map));
        Ok(Stitched {
            map,
            bse,
            stitching,
        })
    }

    /// Two frames of the same pixels are one frame and a copy, unless they are blank.
    fn refuse_copies(&self, read: &[MineralMap]) -> Result<(), Error> {
        let varied = |map: &MineralMap| {
            let data = map.classes.data();
            data.iter().any(|class| *class != data[0])
        };
        for (i, map) in read.iter().enumerate() {
            let copy = read[..i]
                .iter()
                .position(|other| other.classes == map.classes);
            if let Some(copy) = copy.filter(|_| varied(map)) {
                return Err(Error::Image {
                    path: self.place.clone(),
                    problem: format!(
                        "the frames `{}` and `{}` hold the same pixels, so one is a copy; put the \
                         right frame in its place, or take it away (its area then counts as not \
                         measured)",
                        self.map.name(copy),
                        self.map.name(i)
                    ),
                });
            }
        }
        Ok(())
    }

    fn stitching(
        &self,
        canvas: &Canvas,
        sizes: &[[usize; 2]],
        arranged: &Arranged,
        scales: &[GreyScale],
    ) -> Stitching {
        // Only differences of places are known: on the average over all frames the shift is none.
        let n = sizes.len() as f64;
        let mean = [0, 1].map(|axis| {
            let off = arranged.placed.iter().zip(&arranged.expected);
            off.map(|(p, e)| p[axis] - e[axis]).sum::<f64>() / n
        });
        let frame = |i: usize| PlacedFrame {
            file: self.map.name(i),
            size_px: sizes[i],
            corner_px: canvas.corners[i],
            shift_px: [0, 1]
                .map(|axis| arranged.placed[i][axis] - arranged.expected[i][axis] - mean[axis]),
            gain: scales[i].gain,
            offset: scales[i].offset,
        };
        Stitching {
            size_px: canvas.size,
            frames: (0..sizes.len()).map(frame).collect(),
            links: arranged.links.clone(),
        }
    }
}

fn moved_together(
    moved: &[Option<Raster<bool>>],
    classes: &[Raster<u8>],
    canvas: &Canvas,
) -> Option<Raster<bool>> {
    moved.iter().any(Option::is_some).then(|| {
        // 0 not moved, 1 moved, 2 not measured: from the same frame as the class.
        let codes: Vec<Raster<u8>> = moved
            .iter()
            .zip(classes)
            .map(|(moved, classes)| {
                Raster::from_fn(classes.rows(), classes.cols(), |col, row| {
                    match classes.at(col, row) {
                        UNMEASURED => 2,
                        _ => u8::from(moved.as_ref().is_some_and(|m| m.at(col, row))),
                    }
                })
            })
            .collect();
        canvas
            .composed(&codes, 0, |code| code != 2)
            .map(|code| *code == 1)
    })
}
