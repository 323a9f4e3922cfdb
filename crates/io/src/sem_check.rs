//! Whether what section `[sem]` says fits together.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use corelith_core::Minerals;

use crate::colours::RGB_DISTANCE_MAX;
use crate::text::shown;
use crate::{Error, FrameOrder, Role, SemMap, SemSection, project_path};

/// Names that Windows keeps for devices.
const DEVICES: [&str; 22] = [
    "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8",
    "com9", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];

/// Why a name cannot be that of a file.
fn bad_file_name(name: &str) -> Option<&'static str> {
    let stem = name.split('.').next().unwrap_or_default().to_lowercase();
    if name.trim().is_empty() {
        Some("is empty")
    } else if name.starts_with('.') || name.ends_with(['.', ' ']) || name.starts_with(' ') {
        Some("begins or ends with a dot or blank")
    } else if name
        .chars()
        .any(|c| c.is_control() || "/\\:*?\"<>|".contains(c))
    {
        Some("holds one of the characters / \\ : * ? \" < > |")
    } else if DEVICES.contains(&stem.as_str()) {
        Some("is kept for a device by Windows")
    } else if name.len() > 200 {
        Some("is longer than 200 bytes (letters beyond those of English are two or more)")
    } else {
        None
    }
}

impl SemSection {
    /// Fails when there is no training map, when maps have names that cannot be those of files or
    /// whose files would overwrite each other, or when what is said of a map contradicts itself.
    ///
    /// # Errors
    /// [`Error::Section`], of several faults [`Error::Several`].
    pub fn check(&self, project_file: &Path) -> Result<(), Error> {
        let folder = project_file.parent().unwrap_or(Path::new(""));
        let mut checked: Vec<_> = self.maps.iter().enumerate().map(check_images).collect();
        // Names are those of images, and one image under two names is no matter of names.
        if checked.iter().all(Result::is_ok) {
            checked.push(match self.check_sections(folder) {
                Ok(()) => self.check_names(),
                same_section => same_section,
            });
        }
        checked.extend([self.check_roles(), self.check_rules(), self.check_paths()]);
        checked.extend(self.maps.iter().map(check_mosaic));
        checked.extend(self.maps.iter().map(check_place));
        checked.push(self.check_tolerances());
        let errors = checked.into_iter().filter_map(Result::err);
        let errors = errors.map(|problem| Error::Section {
            path: project_file.to_owned(),
            section: "sem",
            problem,
        });
        Error::of_all(errors.collect()).map_or(Ok(()), Err)
    }

    fn check_roles(&self) -> Result<(), String> {
        if self.maps.iter().any(|m| m.role == Role::Training) {
            return Ok(());
        }
        Err(format!(
            "none of the {} maps has `role = \"training\"`; at least one map is needed to learn from",
            self.maps.len()
        ))
    }

    fn check_rules(&self) -> Result<(), String> {
        for (i, rule) in self.rules.iter().enumerate() {
            rule.check().map_err(|problem| {
                format!(
                    "rule {} (`{}`, when = \"{}\"): {problem}",
                    i + 1,
                    shown(&rule.mineral),
                    shown(&rule.when)
                )
            })?;
        }
        let elements = self.maps.iter().find(|map| map.elements.is_some());
        match elements {
            Some(map) if self.rules.is_empty() => Err(format!(
                "map `{}` is given as `elements`, and no rule tells minerals by them; add `[[sem.rule]]` \
                 with `mineral = \"...\"` and `when = \"Si > 120 and Al < 30\"` for each mineral",
                map.name()
            )),
            None if self.unclassified.is_some() => Err(
                "`unclassified` says what pixels are for which no rule holds, and no map has \
                 `elements`, to which rules apply; take `unclassified` away"
                    .to_owned(),
            ),
            None if !self.rules.is_empty() => Err(
                "there are rules for elements, and no map has `elements`; name the folder of their \
                 images there, or take the rules away"
                    .to_owned(),
            ),
            _ => Ok(()),
        }
    }

    /// One file is one section, unless its maps are pages or parts of it.
    fn check_sections(&self, folder: &Path) -> Result<(), String> {
        let file = |map: &SemMap| -> PathBuf {
            let path = project_path(folder, map.image());
            std::fs::canonicalize(&path).unwrap_or_else(|_| {
                let parts = path.components();
                parts.filter(|part| *part != Component::CurDir).collect()
            })
        };
        for (i, map) in self.maps.iter().enumerate() {
            for (j, other) in self.maps.iter().enumerate().skip(i + 1) {
                let parts = match (map.crop_px, other.crop_px) {
                    (Some(a), Some(b)) => !a.overlaps(b),
                    _ => false,
                };
                let named = !map.image().as_os_str().is_empty();
                if parts || !named || map.page != other.page || file(map) != file(other) {
                    continue;
                }
                return Err(format!(
                    "maps {} and {} are one image, {}: what is learned from a section cannot be \
                     checked against it, and it counts once. Take one of them away, name the image \
                     of another section, or give each a part of the image by `crop_px` that does \
                     not overlap the other's",
                    i + 1,
                    j + 1,
                    map.image().display()
                ));
            }
        }
        Ok(())
    }

    fn check_names(&self) -> Result<(), String> {
        // The files of a map are those of its name, in folders or with endings of their own, but
        // some file systems do not tell `A` from `a`.
        let mut owner: HashMap<String, (usize, String)> = HashMap::new();
        for (i, map) in self.maps.iter().enumerate() {
            let name = map.name();
            if let Some(reason) = bad_file_name(&name) {
                return Err(format!(
                    "the name `{name}` of map {} cannot be a file name: it {reason}; give it another \
                     `name`",
                    i + 1
                ));
            }
            if let Some((earlier, other)) = owner.insert(name.to_lowercase(), (i, name.clone())) {
                let names = if other == name {
                    format!("the name `{name}`")
                } else {
                    format!("the name `{name}` but for its case (`{other}`)")
                };
                return Err(format!(
                    "maps {} and {} share {names}; give one of them another `name`",
                    earlier + 1,
                    i + 1
                ));
            }
        }
        Ok(())
    }

    /// A path such as "sem\bse.tif" in double quotes holds a backspace and not a back slash.
    fn check_paths(&self) -> Result<(), String> {
        let of_maps = self.maps.iter().flat_map(|map| {
            let images = [
                Some(&map.mineral_map),
                map.elements.as_ref(),
                map.bse.as_ref(),
            ];
            let table = map
                .mosaic
                .as_ref()
                .and_then(|mosaic| mosaic.positions.as_ref());
            images
                .into_iter()
                .chain([table, map.start.as_ref()])
                .flatten()
        });
        for path in of_maps.chain([&self.minerals]) {
            let text = path.to_string_lossy();
            if text.contains(char::is_control) {
                return Err(format!(
                    "the path {text:?} holds a control character: a back slash in double quotes \
                     begins an escape; write forward slashes, or take single quotes"
                ));
            }
        }
        Ok(())
    }

    fn check_tolerances(&self) -> Result<(), String> {
        let of_maps = self.maps.iter().filter_map(|map| map.colour_tolerance);
        for tolerance in of_maps.chain(self.colour_tolerance) {
            if !(0.0..=RGB_DISTANCE_MAX).contains(&tolerance) {
                return Err(format!(
                    "`colour_tolerance = {tolerance}` is no distance in RGB, which is from 0 to \
                     {RGB_DISTANCE_MAX}; 5 is enough for a smoothed map, 60 for a JPEG"
                ));
            }
        }
        Ok(())
    }
}

/// What holds the minerals is said once.
fn check_images((i, map): (usize, &SemMap)) -> Result<(), String> {
    let number = i + 1;
    let has_map = !map.mineral_map.as_os_str().is_empty();
    match (has_map, &map.elements) {
        (false, None) => Err(format!(
            "map {number} names no image: the key `mineral_map` is missing in section [sem.map]; add \
             it (or `elements`, for images of single elements)"
        )),
        (true, Some(_)) => Err(format!(
            "map {number} has both `mineral_map` and `elements`; keep one of them"
        )),
        (false, Some(_)) if map.mosaic.is_some() => Err(format!(
            "map {number} has `elements` and `mosaic`; put the frames together in the program of the \
             microscope before its elements are exported"
        )),
        (_, Some(_)) => {
            let keys = [
                ("numbers", map.numbers.is_some()),
                ("colour_tolerance", map.colour_tolerance.is_some()),
                ("page", map.page.is_some()),
            ];
            match keys.iter().find(|(_, is_set)| *is_set) {
                None => Ok(()),
                Some((key, _)) => Err(format!(
                    "map {number} has `elements` and `{key}`, which is for a map that is one image; \
                     take `{key}` away"
                )),
            }
        }
        _ => Ok(()),
    }
}

/// Positions say all about where frames lie.
fn check_mosaic(map: &SemMap) -> Result<(), String> {
    let Some(mosaic) = map.mosaic.as_ref().filter(|m| m.positions.is_some()) else {
        return Ok(());
    };
    let keys = [
        ("overlap_px", mosaic.overlap_px.is_some()),
        ("columns", mosaic.columns.is_some()),
        ("order", mosaic.order != FrameOrder::default()),
    ];
    match keys.iter().find(|(_, is_set)| *is_set) {
        None => Ok(()),
        Some((key, _)) => Err(format!(
            "`mosaic` of map `{}` has both `positions` and `{key}`, and positions say where frames \
             lie; take one of both away",
            map.name()
        )),
    }
}

fn check_place(map: &SemMap) -> Result<(), String> {
    let name = map.name();
    if let Some(region) = &map.region_vox {
        if map.start.is_some() {
            return Err(format!(
                "map `{name}` has both `start` and `region_vox`; keep one of them"
            ));
        }
        region
            .check()
            .map_err(|e| format!("region_vox of map `{name}`: {e}"))?;
    }
    if map.bse.is_none() {
        let key = [
            ("bse_crop_px", map.bse_crop_px.is_some()),
            ("bse_offset_px", map.bse_offset_px.is_some()),
            ("bse_page", map.bse_page.is_some()),
            ("bse_inverted", map.bse_inverted),
        ];
        if let Some((key, _)) = key.iter().find(|(_, set)| *set) {
            return Err(format!(
                "map `{name}` has `{key}` and no `bse`; name the BSE image or take `{key}` away"
            ));
        }
    }
    Ok(())
}

/// Fails when two minerals would have one name in columns and files of results, where case is not
/// told apart and all but letters and digits may be one character.
///
/// # Errors
/// [`Error::Csv`] with the names of both.
pub(crate) fn check_mineral_names(path: &Path, minerals: &Minerals) -> Result<(), Error> {
    let mut seen: HashMap<String, &str> = HashMap::new();
    for mineral in minerals.rows() {
        let file: String = mineral
            .name
            .to_lowercase()
            .chars()
            .map(|c| if c.is_alphanumeric() { c } else { '_' })
            .collect();
        if file == "pore" {
            return Err(Error::Csv {
                path: path.to_owned(),
                problem: format!(
                    "the mineral `{}` is named like the column of the pores in the results; give it \
                     another name",
                    mineral.name
                ),
            });
        }
        if let Some(other) = seen.insert(file, &mineral.name) {
            return Err(Error::Csv {
                path: path.to_owned(),
                problem: format!(
                    "the minerals `{other}` and `{}` differ only in case or signs, so that their \
                     result files would have one name; give one of them another name",
                    mineral.name
                ),
            });
        }
    }
    Ok(())
}
