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
    let mut found = Vec::new();
    let mut objects = 0;
    let root = guarded(path, || Ok(file.root()))?;
    look(path, &root, "", 0, &mut objects, &mut found)?;
    found.sort_by(|a, b| a.name.cmp(&b.name));
    if let Some(name) = name {
        let wanted = format!("/{}", name.trim_matches('/'));
        if let Some(i) = found.iter().position(|c| c.name == wanted) {
            let candidate = found.swap_remove(i);
            return Ok(Chosen {
                name: candidate.name,
                dataset: candidate.dataset,
                is_only: false,
            });
        }
        // A group stands for what is in it.
        let below = format!("{wanted}/");
        if !found.iter().any(|c| c.name.starts_with(&below)) {
            return Err(wrong(format!(
                "it has no array `{}` (`dataset`); it holds {}",
                shown(name),
                listed(&found)
            )));
        }
        found.retain(|c| c.name.starts_with(&below));
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
        0 => Err(wrong(format!(
            "it holds no array of three axes with integers or floats; it holds {}",
            listed(&others)
        ))),
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

/// Adds the arrays of a group and those below it. What cannot be followed in it is left out: a
/// link to another file is none of this one.
fn look(
    path: &Path,
    group: &Group,
    name: &str,
    depth: usize,
    objects: &mut usize,
    found: &mut Vec<Candidate>,
) -> Result<(), Error> {
    let members = guarded(path, || group.iter_datasets());
    let members = match (members, depth) {
        (Ok(members), _) => members,
        (Err(error), 0) => return Err(error),
        (Err(_), _) => return Ok(()),
    };
    for (member, dataset) in members {
        *objects += 1;
        if *objects > OBJECTS_MAX {
            return Ok(());
        }
        let Ok(shape) = guarded(path, || dataset.shape()) else {
            continue;
        };
        let is_number =
            guarded(path, || dataset.datatype()).is_ok_and(|t| voxel_type(&t).is_some());
        let several = shape.iter().filter(|&&n| n > 1).count();
        let is_volume =
            is_number && !shape.contains(&0) && (unnamed_roles(&shape).is_ok() || several > 3);
        found.push(Candidate {
            name: format!("{name}/{member}"),
            dataset,
            shape,
            is_volume,
        });
    }
    if depth == DEPTH_MAX {
        return Ok(());
    }
    let Ok(groups) = guarded(path, || group.iter_groups()) else {
        return Ok(());
    };
    for (member, group) in groups {
        *objects += 1;
        if *objects > OBJECTS_MAX {
            return Ok(());
        }
        let name = format!("{name}/{member}");
        look(path, &group, &name, depth + 1, objects, found)?;
    }
    Ok(())
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
