use corelith_core::Progress;
use corelith_io::{MineralList, SemMap};

use super::Sample;
use crate::Error;
use crate::inputs::Inputs;
use crate::results::{ImportedCt, StoredEvening, StoredMap, StoredVolume};
use crate::resume::{StageRecord, up_to_date};
use crate::stage::import::{CompareMaps, ImportCt, ImportMap};
use crate::stage::report::InputFile;

/// Everything that was imported.
pub struct Imported {
    /// The CT volume.
    pub ct: StoredVolume<u16>,
    /// How it was evened, where it was.
    pub evening: Option<StoredEvening>,
    /// The mineral maps, in file order.
    pub maps: Vec<StoredMap>,
    /// The files that they were read from, for the provenance.
    pub inputs: Vec<InputFile>,
}

impl Sample {
    /// The CT volume and the mineral maps.
    ///
    /// # Errors
    /// When an input cannot be used.
    pub fn import(&self, progress: &dyn Progress) -> Result<Imported, Error> {
        if let Some(note) = &self.project.note {
            self.context(progress).warn(note);
        }
        let voxel = self.project.ct.voxel_size_um.0;
        for note in self.project.sem.unlikely_pixel_sizes(voxel) {
            self.context(progress).warn(&note);
        }
        let names = self.project.map_names();
        let kinds = match self.beside_others {
            true => &[][..],
            false => &["import", "register"],
        };
        for kind in kinds {
            StageRecord::sweep(&self.out, kind, &names)?;
        }
        let mut inputs = Inputs::new(&self.project);
        let ct = self.import_ct(&mut inputs, progress)?;
        inputs.add(&self.project.sem.minerals, progress)?;
        let list = self.list.without_densities();
        let maps = self.project.sem.maps.iter();
        let maps = maps.map(|map| self.import_map(map, &list, &mut inputs, progress));
        let maps = maps.collect::<Result<Vec<_>, _>>()?;
        if maps.len() > 1 {
            up_to_date(&CompareMaps::of(&maps), &self.context(progress))?;
        }
        Ok(Imported {
            ct: ct.volume,
            evening: ct.evening,
            maps,
            inputs: inputs.files,
        })
    }

    fn import_ct(
        &self,
        inputs: &mut Inputs<'_>,
        progress: &dyn Progress,
    ) -> Result<ImportedCt, Error> {
        let section = &self.project.ct;
        let source = section.open(&self.project.folder)?;
        let slices = inputs.add_all(&source.inputs(), progress)?;
        let stage = ImportCt {
            slices: &slices,
            spacing: section.voxel_size_um.0,
            channel: section.channel,
            raw: section.raw,
            dataset: section.dataset.as_deref(),
            even: &section.even,
            source: &source,
        };
        up_to_date(&stage, &self.context(progress))
    }

    fn import_map(
        &self,
        map: &SemMap,
        list: &MineralList,
        inputs: &mut Inputs<'_>,
        progress: &dyn Progress,
    ) -> Result<StoredMap, Error> {
        let source = self.project.sem.open_map(&self.project.folder, map)?;
        let images = inputs.add_all(source.files(), progress)?;
        let bse = inputs.add_all(source.bse_files(), progress)?;
        if let Some(table) = map.mosaic.as_ref().and_then(|m| m.positions.as_ref()) {
            inputs.add(table, progress)?;
        }
        let stage = ImportMap {
            name: &map.name(),
            images: &images,
            bse: &bse,
            list,
            source: &source,
            pixel_um: self.project.sem.pixel_size_um_of(map),
        };
        up_to_date(&stage, &self.context(progress))
    }
}
