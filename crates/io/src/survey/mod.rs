//! What a folder holds of a sample: the CT, mineral maps, BSE images, mineral lists and sizes.
//!
//! Nothing is taken for granted that no file states: where several files may be meant, or none
//! states a size, that is what is found.

mod commented_toml;
mod doubles;
mod groups;
mod images;
mod lists;
mod maps;
mod project_file;
mod raw_headers;
mod section_key;
mod series;
mod several_files;
mod size;
mod volumes;
mod walk;

use std::path::Path;

use corelith_core::Progress;
use serde::Serialize;

use crate::{Error, MineralList, read_mineral_list};
use images::{Look, look};
pub use lists::FoundList;
pub use maps::{FoundBse, FoundMap};
pub use project_file::{Draft, Gap};
use section_key::{names_fraction, section_key};
use series::{Series, parted};
pub use size::{StatedSize, StatedSizes};
pub use volumes::FoundVolume;
use walk::{FoundFile, files_below};

/// What a folder holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Survey {
    /// Name of the folder, for that of the sample.
    pub name: String,
    /// Volumes that may be the CT.
    pub volumes: Vec<FoundVolume>,
    /// Mineral lists, the one that was taken first.
    pub lists: Vec<FoundList>,
    /// Whether the first list was taken: the maps fit it better than any other that differs.
    pub list_is_clear: bool,
    /// The maps, in the order in which a person counts.
    pub maps: Vec<FoundMap>,
    /// What the user should know, a sentence each.
    pub notes: Vec<String>,
    /// Files that were looked at.
    pub files: usize,
}

/// Looks at a folder and all below it. `ct` is the path of the volume that is meant, as it is found,
/// or the beginning of it, where there are several.
///
/// # Errors
/// [`Error::Read`] for a folder that cannot be read, [`Error::Volume`] when there is no volume
/// `ct`, cancellation. Files that cannot be read are part of what is found.
pub fn survey(folder: &Path, ct: Option<&str>, progress: &dyn Progress) -> Result<Survey, Error> {
    let walk = files_below(folder, progress)?;
    let mut notes = walk.notes;
    let parted = parted(folder, &walk.files);
    let elements = groups::elements(&parted.images, &parted.others);
    let is_element = |file: &FoundFile| elements.iter().any(|stack| stack.files.contains(file));
    let (mut lists, near_misses) = lists::lists(folder, &parted.others);
    let of_sections = parted.images.iter().filter(|file| !is_element(file));
    let mut images: Vec<_> = of_sections.map(|f| f.path()).collect();
    let mut stacks = Vec::new();
    for series in parted.series {
        // Frames of a BSE image count rows and columns, which slices do not.
        match is_colour(folder, &series) || groups::are_frames(&series.files) {
            true => images.extend(series.files.iter().map(|f| f.path())),
            false => stacks.push(series),
        }
    }
    let readable: Vec<Option<&MineralList>> = lists.iter().map(|l| l.list.as_ref()).collect();
    let mut volumes = Vec::new();
    let no_element = |file: &&FoundFile| !is_element(file);
    for file in parted
        .images
        .iter()
        .chain(&parted.others)
        .filter(no_element)
    {
        volumes.extend(volumes::volume_of_file(folder, file));
    }
    images.retain(|image| {
        !volumes
            .iter()
            .any(|v| v.slices == *image && v.problem.is_none())
    });
    let mut looks = looks(folder, &images, &readable, &mut notes, progress)?;
    // What is no image may be a volume all the same, of several channels for one.
    notes.retain(|note| {
        !volumes
            .iter()
            .any(|v| note.starts_with(&format!("{} is", v.slices)))
    });
    // BSE images of many sections are a series of greys, too.
    let keys: Vec<String> = looks
        .iter()
        .filter(|look| look.is_map())
        .map(|look| section_key(&look.path))
        .collect();
    let (bse, stacks): (Vec<Series>, Vec<Series>) = stacks
        .into_iter()
        .partition(|series| shows_sections(series, &keys));
    let of_sections: Vec<_> = bse
        .iter()
        .flat_map(|s| &s.files)
        .map(|f| f.path())
        .collect();
    looks.extend(self::looks(
        folder,
        &of_sections,
        &readable,
        &mut notes,
        progress,
    )?);
    for series in &stacks {
        progress.check()?;
        volumes.push(volumes::volume_of_series(folder, series));
    }
    let list_is_clear = taken_first(&mut lists, &mut looks);
    if lists.is_empty() {
        notes.extend(near_misses);
    }
    let (map_looks, others) = maps_among(looks);
    let all_images: Vec<String> = walk.files.iter().map(FoundFile::path).collect();
    let map_looks = groups::with_frames_together(map_looks, &all_images);
    let others = groups::with_frames_together(others, &all_images);
    let greys: Vec<Look> = others.iter().filter(|l| !l.is_colour).cloned().collect();
    // Of several that fit the maps equally well, any will do to look at them.
    let list = lists.first().filter(|found| found.list.is_some());
    let list = list.and_then(|found| {
        let background = found.backgrounds.first().or(found.minerals.first())?;
        read_mineral_list(&folder.join(&found.path), background, None).ok()
    });
    let mut maps = maps::maps(
        folder,
        &map_looks,
        &greys,
        list.as_ref(),
        &mut notes,
        progress,
    )?;
    let stacks = elements
        .iter()
        .map(|stack| FoundMap::of_elements(folder, stack));
    maps.extend(stacks);
    let is_of_section = |path: &str| {
        maps.iter().any(|map| {
            map.mineral_map == path || map.bse.as_ref().is_some_and(|bse| bse.path == path)
        })
    };
    volumes.retain(|volume| !is_of_section(&volume.slices));
    notes.extend(unused(&greys, &is_of_section));
    for look in others.iter().filter(|look| look.is_colour) {
        notes.push(format!(
            "{} is left out: a colour image whose colours are not those of a mineral list that was \
             found",
            look.path
        ));
    }
    let mut volumes = readable_or_all(volumes, &mut notes);
    if let Some(wanted) = ct {
        volumes = volumes::chosen(volumes, wanted, folder)?;
    }
    if volumes.is_empty() {
        notes.extend(volumes::unread(folder, &parted.others));
    }
    let mut survey = Survey {
        name: name_of(folder),
        volumes,
        lists,
        list_is_clear,
        maps,
        notes,
        files: walk.files.len(),
    };
    survey.leave_out_other_fractions();
    Ok(survey)
}

/// Names grey images that belong to no map.
fn unused(greys: &[Look], is_of_section: &dyn Fn(&str) -> bool) -> Option<String> {
    let unused: Vec<&str> = greys
        .iter()
        .map(|look| look.path.as_str())
        .filter(|path| !is_of_section(path))
        .collect();
    let more = match unused.len() {
        n if n > 8 => format!(" and {} more", n - 8),
        _ => String::new(),
    };
    let first: Vec<&str> = unused.iter().take(8).copied().collect();
    (!unused.is_empty())
        .then(|| format!("grey images that are not used: {}{more}", first.join(", ")))
}

fn name_of(folder: &Path) -> String {
    let real = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    match real.file_name() {
        Some(name) => name.to_string_lossy().into_owned(),
        None => "sample".to_owned(),
    }
}

/// Whether the images of a series are in colour, by the first of them.
fn is_colour(folder: &Path, series: &Series) -> bool {
    let first = series.files[0].path();
    look(folder, &first, &[]).is_ok_and(|look| look.is_colour)
}

fn looks(
    folder: &Path,
    images: &[String],
    lists: &[Option<&MineralList>],
    notes: &mut Vec<String>,
    progress: &dyn Progress,
) -> Result<Vec<Look>, Error> {
    progress.start("looking at images", images.len() as u64);
    let mut looks = Vec::new();
    for image in images {
        progress.check()?;
        match look(folder, image, lists) {
            Ok(look) => looks.push(look),
            Err(why) => notes.push(format!("{image} is left out: {why}")),
        }
        progress.advance(1);
    }
    progress.finish();
    Ok(looks)
}

/// Whether most images of a grey series have the name of a map, each another.
fn shows_sections(series: &Series, keys: &[String]) -> bool {
    let named = series.files.iter().filter(|file| {
        let key = section_key(&file.path());
        !key.is_empty() && keys.contains(&key)
    });
    2 * named.count() >= series.files.len()
}

/// Puts the list first that the maps fit best, and says whether no other list that differs fits
/// them as well. Lists that have no header and fit no map are no lists.
fn taken_first(lists: &mut Vec<FoundList>, looks: &mut [Look]) -> bool {
    let sums: Vec<f64> = (0..lists.len())
        .map(|i| looks.iter().map(|look| look.fits[i]).sum())
        .collect();
    let mut order: Vec<usize> = (0..lists.len())
        .filter(|&i| sums[i] > 0.0 || lists[i].has_header)
        .collect();
    // Lists that can be read go before those that cannot; the sort is stable.
    order.sort_by(|&a, &b| {
        let readable = |i: usize| lists[i].list.is_some();
        readable(b)
            .cmp(&readable(a))
            .then(sums[b].total_cmp(&sums[a]))
    });
    let same = |a: usize, b: usize| match (&lists[a].list, &lists[b].list) {
        (Some(a), Some(b)) => a.minerals == b.minerals && a.numbers == b.numbers,
        _ => false,
    };
    let clear = match *order {
        [] => false,
        [one] => lists[one].list.is_some(),
        [best, ..] => {
            lists[best].list.is_some()
                && order[1..].iter().all(|&other| {
                    lists[other].list.is_none()
                        || same(best, other)
                        || sums[best] > sums[other] * (1.0 + 1e-6)
                })
        }
    };
    for look in looks.iter_mut() {
        look.fits = order.iter().map(|&i| look.fits[i]).collect();
    }
    let mut old: Vec<Option<FoundList>> = lists.drain(..).map(Some).collect();
    lists.extend(order.iter().filter_map(|&i| old[i].take()));
    clear
}

/// Parts the maps from other images: those that fit a list, or where none does, those
/// whose colours are near, and drawn images in few colours.
fn maps_among(looks: Vec<Look>) -> (Vec<Look>, Vec<Look>) {
    let some_fit = looks.iter().any(Look::is_map);
    looks.into_iter().partition(|look| match some_fit {
        true => look.is_map(),
        false => look.is_colour && (look.near || look.flat),
    })
}

/// The volumes that can be read; where none can, those that cannot.
fn readable_or_all(volumes: Vec<FoundVolume>, notes: &mut Vec<String>) -> Vec<FoundVolume> {
    let (good, bad): (Vec<_>, Vec<_>) = volumes.into_iter().partition(|v| v.problem.is_none());
    if good.is_empty() {
        return bad;
    }
    for volume in bad {
        notes.push(format!(
            "{} is left out, being no volume that can be read: {}",
            volume.slices,
            volume.problem.unwrap_or_default()
        ));
    }
    good
}

impl Survey {
    /// Whether nothing of a sample was found.
    pub fn is_empty(&self) -> bool {
        self.volumes.is_empty() && self.maps.is_empty()
    }

    /// The volume, where there is one only.
    pub fn volume(&self) -> Option<&FoundVolume> {
        match &*self.volumes {
            [one] => Some(one),
            _ => None,
        }
    }

    /// The mineral list, where it is clear which.
    pub fn list(&self) -> Option<&FoundList> {
        self.lists.first().filter(|_| self.list_is_clear)
    }

    /// Leaves out maps whose names tell another size fraction than that of the CT.
    fn leave_out_other_fractions(&mut self) {
        let Some(fraction) = self.volume().and_then(|v| v.fraction_um.clone()) else {
            return;
        };
        let says_fraction = |map: &FoundMap| names_fraction(&map.mineral_map, &fraction);
        // Names tell fractions only where some name that of the CT.
        if !self.maps.iter().any(says_fraction) {
            return;
        }
        let maps = std::mem::take(&mut self.maps);
        let (kept, others): (Vec<_>, Vec<_>) = maps.into_iter().partition(says_fraction);
        self.maps = kept;
        for map in others {
            self.notes.push(format!(
                "{} is left out: its name does not tell the size fraction {fraction} of the CT, as \
                 those of other maps do",
                map.mineral_map
            ));
        }
    }
}
