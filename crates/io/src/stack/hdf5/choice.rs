//! Which array of a file is meant.

use std::path::Path;

use hdf5_pure::{Dataset, File, Group, Layout};

use super::guard::guarded;
use super::voxel_type::voxel_type;
use crate::Error;
use crate::stack::chunked::{product_text, unnamed_roles};
use crate::text::shown;

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
}

impl Chosen {
    /// A sentence on what was read when the user did not say.
    pub(super) fn note(&self, path: &Path) -> Option<String> {
        self.is_only
            .then(|| format!("the array {} of {} was read", self.name, path.display()))
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
    found.sort_by(|a, b| a.name.cmp(&b.name));
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
            });
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
    match volumes.len() {
        1 => {
            let only = volumes.remove(0);
            Ok(Chosen {
                name: only.name,
                dataset: only.dataset,
                is_only: true,
            })
        }
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
            shown(&volumes[0].name)
        ))),
    }
}

fn listed(candidates: &[Candidate]) -> String {
    let first = candidates.iter().take(LISTED_MAX);
    let names: Vec<String> = first
        .map(|c| format!("{} ({})", shown(&c.name), product_text(&c.shape)))
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
