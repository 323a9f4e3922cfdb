//! Which array of a file is meant.

use std::path::Path;

use hdf5_pure::{Dataset, File, Group, Layout};

use super::guard::guarded;
use super::links::{ExternalLink, external_links};
use super::voxel_type::voxel_type;
use crate::Error;
use crate::regular_file::open_regular_file;
use crate::stack::chunked::{product_text, unnamed_roles};
use crate::text::{shown, to_copy};

/// Groups within groups that are looked at: a link may lead round.
const DEPTH_MAX: usize = 12;

/// Arrays and groups that are looked at.
const OBJECTS_MAX: usize = 4000;

/// Arrays that a message names.
const LISTED_MAX: usize = 8;

/// The array that is read.
pub(super) struct Chosen {
    /// Its path in the file.
    pub name: String,
    pub dataset: Dataset,
    /// Whether the file chose it, being the only one.
    pub is_only: bool,
    /// Links to other files, which were not looked into.
    pub passed_over: Vec<ExternalLink>,
}

impl Chosen {
    /// A sentence on what was read when the user did not say.
    pub(super) fn note(&self, path: &Path) -> Option<String> {
        let links = self.passed_over.first().map(|link| {
            format!(
                "; what it links to in other files was passed over, such as `{}` in {}",
                shown(&link.target),
                shown(&link.file)
            )
        });
        self.is_only.then(|| {
            format!(
                "the array {} of {} was read{}",
                self.name,
                path.display(),
                links.unwrap_or_default()
            )
        })
    }
}

/// An array with its path and its shape.
struct Candidate {
    name: String,
    dataset: Dataset,
    shape: Vec<u64>,
    is_volume: bool,
}

/// The array of that name or, without a name, the only one that may be a volume.
///
/// # Errors
/// When there is none, or several and none is chosen.
pub(super) fn choose(path: &Path, file: &File, name: Option<&str>) -> Result<Chosen, Error> {
    let wrong = |problem: String| Error::Volume {
        path: path.to_owned(),
        problem,
    };
    let root = guarded(path, || Ok(file.root()))?;
    // What is named is looked up, wherever it lies; a group stands for what is in it.
    let wanted = name.map(|name| format!("/{}", name.trim_matches('/')));
    let mut start = (root, String::new());
    if let Some(wanted) = &wanted {
        if let Ok(dataset) = guarded(path, || file.dataset(wanted)) {
            return Ok(Chosen {
                name: wanted.clone(),
                dataset,
                is_only: false,
                passed_over: Vec::new(),
            });
        }
        if wanted != "/"
            && let Ok(group) = guarded(path, || file.group(wanted))
        {
            start = (group, wanted.clone());
        }
    }
    let mut search = Search {
        path,
        objects: 0,
        found: Vec::new(),
        broken: None,
    };
    search.look(&start.0, &start.1, 0);
    let is_whole = search.objects <= OBJECTS_MAX;
    let Search {
        mut found, broken, ..
    } = search;
    // A link may lead round: the shortest way to an array is its name.
    let depth = |c: &Candidate| c.name.matches('/').count();
    found.sort_by(|a, b| (depth(a), &a.name).cmp(&(depth(b), &b.name)));
    let elsewhere = external_links(path)?;
    let name = name.filter(|name| !name.trim_matches('/').is_empty());
    if let (Some(name), true) = (name, start.1.is_empty()) {
        // A link that only the walk follows.
        let at = found.iter().position(|c| Some(&c.name) == wanted.as_ref());
        if let Some(at) = at {
            let candidate = found.swap_remove(at);
            return Ok(Chosen {
                name: candidate.name,
                dataset: candidate.dataset,
                is_only: false,
                passed_over: Vec::new(),
            });
        }
        let leaf = name.trim_matches('/').rsplit('/').next().unwrap_or(name);
        if let Some(link) = elsewhere.iter().find(|link| link.name == leaf) {
            return Err(wrong(format!(
                "`{}` (`dataset`) links to {}",
                shown(name),
                in_other_file(link)
            )));
        }
        return Err(wrong(format!(
            "it has no array `{}` (`dataset`); it holds {}",
            shown(name),
            listed(&found)
        )));
    }
    if !is_whole {
        return Err(wrong(format!(
            "it holds more than {OBJECTS_MAX} arrays and groups, too many to look for the volume \
             among them; name its array by `dataset` (in section [ct] of a project file, or \
             `--dataset`)"
        )));
    }
    let (volumes, others): (Vec<_>, Vec<_>) = found.into_iter().partition(|c| c.is_volume);
    let mut volumes = each_once(path, volumes);
    let leading = match volumes.len() {
        1 => elsewhere.iter().find(|link| leads_to_volume(path, link)),
        _ => None,
    };
    match volumes.len() {
        // What is passed over may be the volume, and this a preview of it.
        1 if leading.is_some() => Err(wrong(format!(
            "it holds the array {}, and a link to {}; or name the first one by `dataset` (in \
             section [ct] of a project file, or `--dataset`), if it is the volume",
            listed(&volumes),
            leading.map(in_other_file).unwrap_or_default()
        ))),
        1 if broken.is_some() => Err(wrong(format!(
            "it holds the array {}, and others that cannot be followed ({}); name that array by \
             `dataset` (in section [ct] of a project file, or `--dataset`), if it is the volume",
            listed(&volumes),
            broken.map_or_else(String::new, |error| error.to_string())
        ))),
        1 => {
            let only = volumes.remove(0);
            Ok(Chosen {
                name: only.name,
                dataset: only.dataset,
                is_only: true,
                passed_over: elsewhere,
            })
        }
        0 if !elsewhere.is_empty() => Err(wrong(format!(
            "it holds no array of three axes, and a link to {}",
            in_other_file(&elsewhere[0])
        ))),
        // What cannot be followed may have held it.
        0 => Err(broken.unwrap_or_else(|| {
            wrong(format!(
                "it holds no array of three axes with integers or floats; it holds {}",
                listed(&others)
            ))
        })),
        n => Err(wrong(format!(
            "it holds {n} arrays that may be the volume, {}; choose one by `dataset` (in section \
             [ct] of a project file, or `--dataset`), such as `dataset = \"{}\"`",
            listed(&volumes),
            to_copy(&volumes[0].name)
        ))),
    }
}

/// Whether a link of the file at `path` leads to an array that may be a volume.
fn leads_to_volume(path: &Path, link: &ExternalLink) -> bool {
    let file = path.with_file_name(&link.file);
    if open_regular_file(&file).is_err() {
        return false;
    }
    let shape = guarded(&file, || {
        File::open_streaming(&file)?.dataset(&link.target)?.shape()
    });
    shape.is_ok_and(|shape| !shape.contains(&0) && unnamed_roles(&shape).is_ok())
}

/// Says what to name in place of a link.
fn in_other_file(link: &ExternalLink) -> String {
    format!(
        "what is in another file (`{}`, to `{}` in {}): name that file as `slices`, with \
         `dataset = \"{}\"`",
        shown(&link.name),
        shown(&link.target),
        shown(&link.file),
        to_copy(&link.target)
    )
}

fn listed(candidates: &[Candidate]) -> String {
    let first = candidates.iter().take(LISTED_MAX);
    let names: Vec<String> = first
        .map(|c| format!("{} ({})", to_copy(&c.name), product_text(&c.shape)))
        .collect();
    match candidates.len() {
        0 => "no array".to_owned(),
        n if n > LISTED_MAX => format!("{} and {} more", names.join(", "), n - LISTED_MAX),
        _ => names.join(", "),
    }
}

/// A walk through the groups of a file.
struct Search<'a> {
    path: &'a Path,
    objects: usize,
    found: Vec<Candidate>,
    /// The first that could not be followed: damage, or a link to another file.
    broken: Option<Error>,
}

impl Search<'_> {
    /// The result of a call; nothing where it fails.
    fn kept<T>(&mut self, call: impl FnOnce() -> Result<T, hdf5_pure::Error>) -> Option<T> {
        match guarded(self.path, call) {
            Ok(result) => Some(result),
            Err(error) => {
                self.broken.get_or_insert(error);
                None
            }
        }
    }

    /// Adds the arrays of a group and those below it.
    fn look(&mut self, group: &Group, name: &str, depth: usize) {
        let members = self.kept(|| group.iter_datasets());
        for (member, dataset) in members.into_iter().flatten() {
            self.objects += 1;
            if self.objects > OBJECTS_MAX {
                return;
            }
            let Some(shape) = self.kept(|| dataset.shape()) else {
                continue;
            };
            let datatype = self.kept(|| dataset.datatype());
            let is_number = datatype.is_some_and(|t| voxel_type(&t).is_some());
            let several = shape.iter().filter(|&&n| n > 1).count();
            let is_volume =
                is_number && !shape.contains(&0) && (unnamed_roles(&shape).is_ok() || several > 3);
            self.found.push(Candidate {
                name: format!("{name}/{member}"),
                dataset,
                shape,
                is_volume,
            });
        }
        if depth == DEPTH_MAX {
            return;
        }
        let groups = self.kept(|| group.iter_groups());
        for (member, group) in groups.into_iter().flatten() {
            self.objects += 1;
            if self.objects > OBJECTS_MAX {
                return;
            }
            self.look(&group, &format!("{name}/{member}"), depth + 1);
        }
    }
}

/// Arrays that are not one and the same under several names, as NeXus links them.
fn each_once(path: &Path, candidates: Vec<Candidate>) -> Vec<Candidate> {
    if candidates.len() < 2 {
        return candidates;
    }
    let mut seen = Vec::new();
    let place = |candidate: &Candidate| -> Option<u64> {
        match guarded(path, || candidate.dataset.layout()).ok()? {
            Layout::Contiguous { address, .. } => address,
            Layout::Chunked { .. } => {
                let chunks = guarded(path, || candidate.dataset.chunks()).ok()?;
                chunks.iter().map(|chunk| chunk.address).min()
            }
            _ => None,
        }
    };
    candidates
        .into_iter()
        .filter(|candidate| {
            let place = place(candidate);
            let is_new = place.is_none() || !seen.contains(&place);
            seen.push(place);
            is_new
        })
        .collect()
}
