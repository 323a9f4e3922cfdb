//! A phantom on disk: a user's data, with the truth beside it.

use std::path::{Path, PathBuf};

use corelith_core::{Progress, Spacing};
use corelith_io::{Dataset, DatasetMap, DatasetWriter, Role, StackLayout, StackWriter};
use corelith_phantom::{MapRole, Phantom, PhantomMap, Scene};

use crate::Error;

/// Folder of the truth, beside the project file.
pub const TRUTH: &str = "truth";
/// True class of every voxel, in that folder.
pub(crate) const TRUTH_PHASES: &str = "phases.tif";
/// True particle of every voxel, in that folder.
pub(crate) const TRUTH_PARTICLES: &str = "particles.tif";

/// Slices that are written in one go.
const SLAB_SLICES: usize = 32;

/// True position of every pixel of a map, in the folder of the truth.
pub(crate) fn truth_coordinates(map: &str) -> String {
    format!("{map}_coords.tif")
}

/// Writes the phantom as a user's data, and the truth in the formats of the results. Returns the
/// project file.
///
/// # Errors
/// When a file cannot be written.
pub fn write_phantom(
    folder: &Path,
    name: &str,
    fraction_um: &str,
    made: &Phantom,
    progress: &dyn Progress,
) -> Result<PathBuf, Error> {
    let (shape, spacing) = (made.ct.shape(), made.spacing);
    let mut writer = Writer::create(folder, shape, spacing)?;
    let slab = SLAB_SLICES * shape[1] * shape[2];
    let ct = made.ct.data().chunks(slab);
    let labels = made.phases.data().chunks(slab);
    let labels = labels.zip(made.particles.data().chunks(slab));
    progress.start("writing slices", shape[0].div_ceil(SLAB_SLICES) as u64);
    for (i, (ct, (phases, particles))) in ct.zip(labels).enumerate() {
        progress.check()?;
        writer.write(i * SLAB_SLICES, ct, phases, particles)?;
        progress.advance(1);
    }
    progress.finish();
    let dataset = Dataset {
        name: name.to_owned(),
        fraction_um: fraction_um.to_owned(),
        spacing,
        maps: maps(&made.maps),
        minerals: made.minerals.clone(),
        pixel_size_um: made.pixel_size_um,
    };
    writer.finish(&dataset, &made.maps)
}

/// As [`write_phantom`], of a scene that is imaged meanwhile, some slices at a time, so that it may be larger
/// than the memory. Returns the project file and the number of particles.
///
/// # Errors
/// When a file cannot be written, or the user asks to stop.
pub fn write_scene(
    folder: &Path,
    name: &str,
    fraction_um: &str,
    scene: &Scene,
    progress: &dyn Progress,
) -> Result<(PathBuf, u32), Error> {
    let settings = scene.settings();
    let mut writer = Writer::create(folder, settings.shape_vox, settings.spacing())?;
    let imaged = scene.image(progress, |first, slab| {
        writer.write(first, &slab.ct, &slab.phases, &slab.particles)
    })?;
    let dataset = Dataset {
        name: name.to_owned(),
        fraction_um: fraction_um.to_owned(),
        spacing: settings.spacing(),
        maps: maps(&imaged.maps),
        minerals: scene.minerals().clone(),
        pixel_size_um: settings.maps.pixel_um,
    };
    Ok((writer.finish(&dataset, &imaged.maps)?, imaged.particles))
}

/// The files of a phantom while they are written.
struct Writer {
    truth: PathBuf,
    area: usize,
    data: DatasetWriter,
    phases: StackWriter<u8>,
    particles: StackWriter<u32>,
}

impl Writer {
    fn create(folder: &Path, shape: [usize; 3], spacing: Spacing) -> Result<Self, Error> {
        let truth = folder.join(TRUTH);
        let layout = StackLayout::new(shape, spacing);
        Ok(Self {
            area: shape[1] * shape[2],
            data: DatasetWriter::create(folder, shape, spacing)?,
            phases: StackWriter::create(&truth.join(TRUTH_PHASES), layout)?,
            particles: StackWriter::create(&truth.join(TRUTH_PARTICLES), layout)?,
            truth,
        })
    }

    /// The next slices, of which `first` is the first.
    fn write(
        &mut self,
        first: usize,
        ct: &[u16],
        phases: &[u8],
        particles: &[u32],
    ) -> Result<(), Error> {
        let area = self.area;
        self.data.write_slices(first, ct)?;
        self.phases
            .write_slices(&phases.chunks(area).collect::<Vec<_>>())?;
        self.particles
            .write_slices(&particles.chunks(area).collect::<Vec<_>>())?;
        Ok(())
    }

    fn finish(self, dataset: &Dataset, maps: &[PhantomMap]) -> Result<PathBuf, Error> {
        self.phases.finish()?;
        self.particles.finish()?;
        for (i, map) in maps.iter().enumerate() {
            corelith_io::write_map_coordinates(
                &self.truth.join(truth_coordinates(&format!("map_{i}"))),
                map.coords_vox.each_ref(),
                dataset.pixel_size_um,
            )?;
        }
        Ok(self.data.finish(dataset)?)
    }
}

/// What a user is given of the maps.
fn maps(maps: &[PhantomMap]) -> Vec<DatasetMap> {
    let given = |map: &PhantomMap| DatasetMap {
        classes: map.classes.clone(),
        bse: map.bse.clone(),
        role: match map.role {
            MapRole::Training => Role::Training,
            MapRole::Validation => Role::Validation,
        },
    };
    maps.iter().map(given).collect()
}
