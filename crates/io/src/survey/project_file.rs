//! The project file of what was found, with comments that say where each value is from.

mod maps;

use std::fmt::Write as _;
use std::path::Path;

use corelith_core::Role;
use serde::Serialize;

use super::commented_toml::{Writer, text};
use super::{FoundList, FoundMap, FoundVolume, StatedSize, StatedSizes, Survey};
use crate::{SemMap, SemSection};

/// Something that the user has to fill in, choose or mend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// Section and key, or the map.
    pub place: String,
    /// What is missing, and what to do.
    pub what: String,
}

/// A project file before it is written.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Draft {
    /// TOML with comments.
    pub text: String,
    /// What was found, a line each.
    pub found: Vec<String>,
    /// What has to be filled in, chosen or mended before the project can be run.
    pub gaps: Vec<Gap>,
}

impl Survey {
    /// The project file of what was found. `file` is its name, for the comments.
    ///
    /// Keys that no file answers are written as comments that begin with `FILL IN` or `CHOOSE`.
    pub fn draft(&self, file: &str) -> Draft {
        let mut writer = Writer::default();
        writer.comment(&format!(
            "Written by `corelith init` from the files in this folder. Each comment says what a \
             value was taken from. What no file states is left open and marked FILL IN or CHOOSE: \
             take away the `#` of such a line when it is right. MEND marks what a file cannot be \
             read without. Then: `corelith check {file}`, \
             `corelith run {file}`."
        ));
        writer.blank();
        writer.key("name", &text(&self.name), "the name of the folder");
        let fraction = self.volume().and_then(|v| v.fraction_um.as_deref());
        if let Some(fraction) = fraction {
            writer.key(
                "fraction_um",
                &text(fraction),
                "from the name of the slices",
            );
        }
        writer.ct(self);
        writer.sem(self);
        writer.maps(self);
        if !self.notes.is_empty() {
            writer.blank();
            writer.comment("Also seen:");
            for note in &self.notes {
                writer.comment(&format!("- {note}"));
            }
        }
        Draft {
            text: writer.text,
            found: writer.found,
            gaps: writer.gaps,
        }
    }

    /// The pixel size that stands for all maps: that of the first map that states one.
    fn common_pixel_size(&self) -> Option<(&FoundMap, &StatedSize)> {
        let mut of_maps = self.maps.iter();
        of_maps.find_map(|map| Some((map, map.pixel_size.agreed()?)))
    }

    /// Names that the maps need besides those of their files: where two maps share one, or one
    /// cannot be that of a result.
    fn map_names(&self) -> Vec<Option<String>> {
        let section = |names: &[Option<String>]| {
            let maps = self
                .maps
                .iter()
                .zip(names)
                .map(|(map, name)| SemMap {
                    name: name.clone(),
                    ..SemMap::new(map.mineral_map.clone().into(), Role::Training)
                })
                .collect();
            SemSection::new("minerals.csv".into(), String::new(), 1.0, maps)
        };
        let of_files = vec![None; self.maps.len()];
        if self.maps.is_empty() || section(&of_files).check(Path::new("")).is_ok() {
            return of_files;
        }
        // With the folder before it a name is another one, mostly.
        let of_paths: Vec<Option<String>> = self
            .maps
            .iter()
            .map(|map| {
                let stem = map.mineral_map.rsplit_once('.');
                let path = stem.map_or(map.mineral_map.as_str(), |(stem, _)| stem);
                Some(path.replace('/', "-"))
            })
            .collect();
        if section(&of_paths).check(Path::new("")).is_ok() {
            return of_paths;
        }
        let numbered = (1..=self.maps.len()).map(|n| Some(format!("map-{n}")));
        numbered.collect()
    }
}

impl Writer {
    fn ct(&mut self, survey: &Survey) {
        self.text.push_str("\n[ct]\n");
        match &*survey.volumes {
            [] => {
                self.open(
                    "[ct]",
                    "slices",
                    &[],
                    "no volume was found; name the folder or file of the CT, or a pattern such as \
                     \"ct/slice_*.tif\"",
                );
                self.no_voxel_size(&StatedSizes::default());
            }
            [volume] => self.volume(volume),
            several => {
                let what = "several volumes were found, and a project has one CT; take away the \
                            `#` before one of them and its voxel size, or let `corelith init` take \
                            one by `--ct PATH`";
                self.comment(&format!("CHOOSE: {what}"));
                for volume in several {
                    self.comment(&in_words(volume));
                    let _ = writeln!(self.text, "# slices = {}", text(&volume.slices));
                    match volume.voxel_size.agreed() {
                        Some(size) => {
                            let _ = writeln!(
                                self.text,
                                "# voxel_size_um = {} # {}",
                                size.in_toml(),
                                size.from
                            );
                        }
                        None => self.text.push_str("# voxel_size_um =\n"),
                    }
                }
                let paths: Vec<&str> = several.iter().map(|v| v.slices.as_str()).collect();
                self.gap("[ct] slices", &format!("{what}: {}", paths.join(", ")));
            }
        }
    }

    fn volume(&mut self, volume: &FoundVolume) {
        self.found(format!("CT: {}", in_words(volume)));
        self.key("slices", &text(&volume.slices), &in_words(volume));
        for note in &volume.notes {
            self.comment(note);
        }
        if let Some(problem) = &volume.problem {
            self.comment(&format!("MEND: {problem}"));
            self.gap("[ct] slices", problem);
        }
        match volume.voxel_size.agreed() {
            Some(size) => self.key("voxel_size_um", &size.in_toml(), &size.from),
            None => self.no_voxel_size(&volume.voxel_size),
        }
    }

    fn no_voxel_size(&mut self, sizes: &StatedSizes) {
        let values: Vec<String> = sizes
            .stated
            .iter()
            .map(|size| format!("{} # {}", size.in_toml(), size.from))
            .collect();
        let what = match &*values {
            [] => {
                "no file states the size of voxels; it stands in the report of the scan, in \
                 micrometres"
            }
            _ => "what the files state of the size of voxels contradicts itself",
        };
        self.open("[ct]", "voxel_size_um", &values, what);
    }

    fn sem(&mut self, survey: &Survey) {
        self.text.push_str("\n[sem]\n");
        let Some(list) = survey.list() else {
            let values: Vec<String> = survey.lists.iter().map(|l| text(&l.path)).collect();
            match &*survey.lists {
                [] => self.open(
                    "[sem]",
                    "minerals",
                    &[],
                    "no mineral list was found: a table of the minerals with their colours in the \
                     maps, such as CSV with the columns mineral, red, green, blue",
                ),
                [one] => {
                    let problem = one.problem.clone().unwrap_or_default();
                    self.key("minerals", &text(&one.path), &format!("MEND: {problem}"));
                    self.gap("[sem] minerals", &problem);
                    self.background(one);
                }
                _ => {
                    for list in &survey.lists {
                        let said = match &list.problem {
                            Some(problem) => problem.clone(),
                            None => format!("{}: {}", list.path, list.minerals.join(", ")),
                        };
                        self.comment(&said);
                    }
                    self.open(
                        "[sem]",
                        "minerals",
                        &values,
                        "several mineral lists fit the maps equally well",
                    );
                }
            }
            if survey.lists.len() != 1 {
                self.open(
                    "[sem]",
                    "background",
                    &[],
                    "the row of the mineral list that is resin, epoxy or air",
                );
            }
            self.pixel_size(survey);
            return;
        };
        self.found(format!(
            "mineral list: {}, {} rows",
            list.path,
            list.minerals.len()
        ));
        let fit = match survey.maps.len() {
            0 => String::new(),
            _ if survey.lists.len() > 1 => ", the list that fits the maps best".to_owned(),
            _ => String::new(),
        };
        let rows = format!("{} rows{fit}", list.minerals.len());
        self.key("minerals", &text(&list.path), &rows);
        for other in &survey.lists[1..] {
            self.comment(&format!("another list: {}", other.path));
        }
        for note in &list.notes {
            self.comment(note);
        }
        self.background(list);
        self.pixel_size(survey);
    }

    fn background(&mut self, list: &FoundList) {
        match list.background() {
            Some(name) => self.key("background", &text(name), "by its name no particle"),
            None => {
                let values: Vec<String> = list.backgrounds.iter().map(|b| text(b)).collect();
                let what = format!(
                    "the row of the mineral list that is resin, epoxy or air; it has {}",
                    list.minerals.join(", ")
                );
                self.open("[sem]", "background", &values, &what);
            }
        }
    }

    fn pixel_size(&mut self, survey: &Survey) {
        match survey.common_pixel_size() {
            Some((map, size)) => {
                let silent: Vec<&str> = survey
                    .maps
                    .iter()
                    .filter(|map| map.pixel_size.stated.is_empty())
                    .map(|map| map.mineral_map.as_str())
                    .collect();
                let mut from = size.from.clone();
                if !silent.is_empty() {
                    let _ = write!(
                        from,
                        "; {} state no size: it counts for them, too, unless they get a \
                         `pixel_size_um` of their own",
                        silent.join(", ")
                    );
                    self.gap(
                        "[sem] pixel_size_um",
                        &format!(
                            "{} states it and {} do not: see that it is theirs, too",
                            map.mineral_map,
                            silent.join(", ")
                        ),
                    );
                }
                self.key("pixel_size_um", &format!("{:?}", size.xyz_um[0]), &from);
            }
            None => {
                let stated = survey.maps.iter().flat_map(|map| &map.pixel_size.stated);
                let values: Vec<String> = stated
                    .map(|size| format!("{:?} # {}", size.xyz_um[0], size.from))
                    .collect();
                let what = match &*values {
                    [] => {
                        "no file states the size of the pixels of the maps; it stands in the report \
                         of the measurement, in micrometres"
                    }
                    _ => "what the files state of the size of pixels contradicts itself",
                };
                self.open("[sem]", "pixel_size_um", &values, what);
            }
        }
    }
}

fn in_words(volume: &FoundVolume) -> String {
    match volume.shape {
        Some([nz, ny, nx]) => format!(
            "{}: {nz} slices of {nx} x {ny} pixels, {}",
            volume.slices, volume.depth
        ),
        None => volume.slices.clone(),
    }
}
