//! Everything that is wrong with a project's inputs, at once and before anything is done.

use std::fmt;
use std::path::{Path, PathBuf};

use corelith_core::{Artefact, Progress, Raster, UNMEASURED, Volume};
use corelith_io::{MineralList, SemMap};
use corelith_registration::{MapInput, check_ct, check_input};
use corelith_report::{ContactSheet, CtChange, MapView, contact_sheet};
use corelith_stats::imaging::artefacts::Artefacts;
use corelith_stats::imaging::separation::DepthNetwork;
use corelith_unet::Start;
use serde::Serialize;

use crate::model_folder::read_model;
use crate::page_files::write_page;
use crate::results::{ArtefactsRecord, artefact_changes, evened_ct};
use crate::resume::Content;
use crate::stage::networks::tells_depth;
use crate::stage::register::Hint;
use crate::{Error, Project};

/// The page, in the folder that [`check`] is given.
const PAGE: &str = "check.html";

/// Where faults of the project file itself are.
const PROJECT_FILE: &str = "project file";

/// Something that keeps a project from being run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Problem {
    /// Where: a section of the project file, or a map.
    pub place: String,
    /// What is wrong: file, place, what was expected and found.
    pub problem: String,
    /// What to do about it, where the problem does not say.
    pub help: Option<String>,
}

/// What was found in the inputs of a project.
#[derive(Debug, Clone, Serialize)]
pub struct Checked {
    /// Everything that must be mended.
    pub problems: Vec<Problem>,
    /// What a user should know, one sentence each.
    pub notes: Vec<String>,
    /// The contact sheet: what CT and maps look like.
    pub page: PathBuf,
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for note in &self.notes {
            writeln!(f, "note: {note}")?;
        }
        for Problem {
            place,
            problem,
            help,
        } in &self.problems
        {
            writeln!(f, "{place}: {problem}")?;
            if let Some(help) = help {
                writeln!(f, "  help: {help}")?;
            }
        }
        if self.problems.is_empty() {
            writeln!(f, "every input can be read")?;
        }
        writeln!(f, "inputs at a glance: {}", self.page.display())
    }
}

/// Reads every input of a project, changes none of them, and draws them on a page in `folder`.
///
/// # Errors
/// When the page cannot be written, or the user asks to stop. What is wrong with the project is no
/// error here, but a [`Problem`].
pub fn check(
    project_file: &Path,
    folder: &Path,
    progress: &dyn Progress,
) -> Result<Checked, Error> {
    let mut found = Found::default();
    let project = match Project::read(project_file) {
        Ok(project) => Some(project),
        Err(_) => {
            let (project, faults) = Project::read_past_faults(project_file);
            found.tell(PROJECT_FILE, faults);
            project
        }
    };
    if let Some(project) = &project {
        found.look_at(project, progress)?;
    }
    let maps = found.maps.iter().map(|map| MapView {
        name: map.name.clone(),
        classes: &map.classes,
        pixel_um: map.pixel_um,
        bse: map.bse.as_ref(),
    });
    let problems = found.problems.iter().map(|p| {
        let help = p.help.clone().unwrap_or_default();
        [p.place.clone(), p.problem.clone(), help]
    });
    let sheet = contact_sheet(&ContactSheet {
        program: format!("corelith {}", env!("CARGO_PKG_VERSION")),
        sample: match &project {
            Some(project) => project.name.clone(),
            None => project_file.display().to_string(),
        },
        problems: problems.collect(),
        notes: found.notes.clone(),
        minerals: found.list.as_ref().map(|list| &list.minerals),
        ct: found.ct.as_ref(),
        ct_changes: found.ct_changes.clone(),
        maps: maps.collect(),
    })?;
    write_page(folder, PAGE, &sheet)?;
    Ok(Checked {
        problems: found.problems,
        notes: found.notes,
        page: folder.join(PAGE),
    })
}

/// A map that could be read.
struct ReadMap {
    name: String,
    classes: Raster<u8>,
    pixel_um: f64,
    bse: Option<Raster<f32>>,
}

#[derive(Default)]
struct Found {
    problems: Vec<Problem>,
    notes: Vec<String>,
    list: Option<MineralList>,
    /// Voxels of the CT, `[nz, ny, nx]`.
    shape: Option<[usize; 3]>,
    ct: Option<Volume<u16>>,
    ct_changes: Vec<CtChange>,
    maps: Vec<ReadMap>,
}

impl Found {
    /// The value, or nothing and a problem.
    fn keep<T>(&mut self, place: &str, result: Result<T, impl Into<Error>>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                let error: Error = error.into();
                match error {
                    Error::File(error) => self.tell(place, error.each()),
                    error => self.push(place, &error),
                }
                None
            }
        }
    }

    fn tell(&mut self, place: &str, errors: Vec<corelith_io::Error>) {
        for error in errors.into_iter().flat_map(corelith_io::Error::each) {
            self.push(place, &Error::File(error));
        }
    }

    fn push(&mut self, place: &str, error: &Error) {
        let problem = Problem {
            place: place.to_owned(),
            problem: error.to_string(),
            help: error.help(),
        };
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    fn note(&mut self, place: &str, notes: &[String]) {
        let of_place = notes.iter().map(|note| format!("{place}: {note}"));
        self.notes.extend(of_place);
    }

    fn look_at(&mut self, project: &Project, progress: &dyn Progress) -> Result<(), Error> {
        self.notes.extend(project.note.clone());
        let list = project.sem.read_minerals(&project.folder);
        if let Some(list) = self.keep("mineral list", list) {
            self.note("mineral list", &list.notes);
            self.keep("target", project.target_class(&list.minerals));
            self.list = Some(list);
        }
        let spacing = project.ct.voxel_size_um.0;
        self.notes.extend(project.sem.unlikely_pixel_sizes(spacing));
        if let Some(source) = self.keep("[ct]", project.ct.open(&project.folder)) {
            self.look_at_regions(project, source.shape());
            self.keep("[ct]", check_ct(source.shape(), spacing));
            self.shape = Some(source.shape());
            let said = source.said_spacing();
            self.notes
                .extend(said.and_then(|said| said.disagreement(spacing)));
            if let Some(ct) = self.keep("[ct]", source.read_ct(spacing, progress)) {
                self.note("[ct]", &ct.notes);
                let evening = ct.evening.as_ref().map(|e| evened_ct(e, spacing));
                self.ct_changes.extend(evening);
                self.look_at_artefacts(&ct.volume, &project.ct.correct);
                self.ct = Some(ct.volume);
            }
        }
        for map in &project.sem.maps {
            progress.check()?;
            self.look_at_map(project, map, progress)?;
        }
        self.look_at_sections();
        self.look_at_greys();
        self.look_at_models(project);
        Ok(())
    }

    /// What the scanner added to the greys.
    fn look_at_artefacts(&mut self, ct: &Volume<u16>, wanted: &[Artefact]) {
        let record = ArtefactsRecord::of(Artefacts::measure(ct, wanted));
        let said = record.said();
        self.notes
            .extend(said.iter().map(|said| format!("[ct]: {said}")));
        let changes = artefact_changes(&record, ct.shape(), ct.spacing());
        self.ct_changes.extend(changes);
    }

    /// Whether what should be bright is: particles in the CT, dense minerals in BSE images.
    fn look_at_greys(&mut self) {
        let Some(minerals) = self.list.as_ref().map(|list| &list.minerals) else {
            return;
        };
        let (mut resin, mut measured) = (0usize, 0usize);
        let mut told = Vec::new();
        for map in &self.maps {
            let classes = map.classes.data();
            resin += classes
                .iter()
                .filter(|c| **c == minerals.background())
                .count();
            measured += classes.iter().filter(|c| **c != UNMEASURED).count();
            let bse = map.bse.as_ref();
            let odd = bse.and_then(|bse| {
                corelith_io::bse_contradicts_densities(bse, &map.classes, minerals)
            });
            told.extend(odd.map(|odd| format!("BSE image of map {}: {odd}", map.name)));
        }
        let resin = resin as f64 / measured.max(1) as f64;
        let ct = self.ct.as_ref();
        let odd = ct.and_then(|ct| corelith_io::ct_seems_inverted(ct, resin));
        told.extend(odd.map(|odd| format!("[ct]: {odd}")));
        self.notes.extend(told);
    }

    /// Whether every map shows another section. One file under two names is a fault of the project
    /// file, which is told by then.
    fn look_at_sections(&mut self) {
        if self.problems.iter().any(|p| p.place == PROJECT_FILE) {
            return;
        }
        let names: Vec<String> = self.maps.iter().map(|map| map.name.clone()).collect();
        let classes: Vec<&Raster<u8>> = self.maps.iter().map(|map| &map.classes).collect();
        let differ = corelith_io::check_sections_differ(&names, &classes);
        self.keep("[sem]", differ);
    }

    /// Whether maps are searched for within the CT, of `[nz, ny, nx]` voxels.
    fn look_at_regions(&mut self, project: &Project, shape: [usize; 3]) {
        for map in &project.sem.maps {
            let Some(Err(outside)) = map.region_vox.map(|region| region.check_within(shape)) else {
                continue;
            };
            self.problems.push(Problem {
                place: format!("map {}", map.name()),
                problem: format!("`region_vox`: {outside}"),
                help: Some("correct the range, or take `region_vox` away".to_owned()),
            });
        }
    }

    fn look_at_map(
        &mut self,
        project: &Project,
        map: &SemMap,
        progress: &dyn Progress,
    ) -> Result<(), Error> {
        let place = format!("map {}", map.name());
        let start = map.start.as_ref().and_then(|start| {
            let content = Content::of(project.path(start));
            let hint = self.keep(&place, content).map(Hint::Start)?;
            self.keep(&place, hint.whereabouts())
        });
        let source = project.sem.open_map(&project.folder, map);
        let Some(source) = self.keep(&place, source) else {
            return Ok(());
        };
        let Some(list) = self.list.clone() else {
            self.tell(&place, source.file_errors());
            return Ok(());
        };
        let read = source.read_apart(&list, progress);
        progress.check()?;
        let Some((read, bse, _)) = self.keep(&place, read) else {
            // The BSE image was not looked at.
            self.tell(&place, source.file_errors());
            return Ok(());
        };
        self.note(&place, &read.notes);
        let bse = bse.and_then(|bse| self.keep(&format!("BSE image of {place}"), bse));
        if let Some(bse) = &bse {
            self.note(&format!("BSE image of {place}"), &bse.notes);
        }
        // Of an image that cannot be read it is told that it cannot.
        let is_whole = bse.is_some() || map.bse.is_none();
        let map = ReadMap {
            name: map.name(),
            classes: read.classes,
            pixel_um: project.sem.pixel_size_um_of(map),
            bse: bse.map(|bse| bse.grey),
        };
        if let (Some(shape), true) = (self.shape, is_whole) {
            let input = MapInput {
                name: &map.name,
                classes: &map.classes,
                minerals: &list.minerals,
                bse: map.bse.as_ref(),
                pixel_size_um: map.pixel_um,
                whereabouts: start,
            };
            let voxel_um = project.ct.voxel_size_um.0.x_um;
            let checked = check_input(shape, voxel_um, &input, &project.registration);
            self.keep(&place, checked);
        }
        self.maps.push(map);
        Ok(())
    }

    fn look_at_models(&mut self, project: &Project) {
        if let Start::Folder(folder) = &project.training.start {
            let place = "[training] start";
            if let Some(model) = self.keep(place, read_model(&project.path(folder))) {
                self.keep(place, model.check_start(&project.training));
            }
        }
        if let DepthNetwork::Folder(folder) = &project.separation.network {
            let place = "[separation] network";
            if let Some(model) = self.keep(place, read_model(&project.path(folder))) {
                self.keep(place, tells_depth(&model));
            }
        }
    }
}
