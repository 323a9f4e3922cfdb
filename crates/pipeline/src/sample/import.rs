use corelith_core::Progress;
use corelith_io::{MineralList, SemMap};

use super::Sample;
use crate::Error;
use crate::inputs::Inputs;
use crate::results::{
    CorrectedCt, ImportedCt, StoredArtefacts, StoredEvening, StoredMap, StoredVolume,
};
use crate::resume::{StageRecord, up_to_date};
use crate::stage::artefacts::MeasureArtefacts;
use crate::stage::import::{CompareMaps, ImportCt, ImportMap};
use crate::stage::report::InputFile;

/// Everything that was imported.
pub struct Imported {
    /// The CT volume.
    pub ct: StoredVolume<u16>,
    /// The CT as the stages after it see it.
    pub corrected: CorrectedCt,
    /// Its artefacts, where they are looked for.
    pub artefacts: Option<StoredArtefacts>,
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
        let artefacts = self.measure_artefacts(&ct.volume, progress)?;
        inputs.add(&self.project.sem.minerals, progress)?;
        let list = self.list.without_densities();
        let maps = self.project.sem.maps.iter();
        let maps = maps.map(|map| self.import_map(map, &list, &mut inputs, progress));
        let maps = maps.collect::<Result<Vec<_>, _>>()?;
        if maps.len() > 1 {
            up_to_date(&CompareMaps::of(&maps), &self.context(progress))?;
        }
        Ok(Imported {
            corrected: CorrectedCt::new(ct.volume.clone(), artefacts.clone()),
            artefacts,
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

    fn measure_artefacts(
        &self,
        ct: &StoredVolume<u16>,
        progress: &dyn Progress,
    ) -> Result<Option<StoredArtefacts>, Error> {
        let wanted = &self.project.ct.correct;
        if !wanted.is_empty() {
            let stage = MeasureArtefacts { ct, wanted };
            return up_to_date(&stage, &self.context(progress)).map(Some);
        }
        let [kind, _] = MeasureArtefacts::NAME;
        if !self.beside_others {
            StageRecord::sweep(&self.out, kind, &[])?;
        }
        Ok(None)
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
