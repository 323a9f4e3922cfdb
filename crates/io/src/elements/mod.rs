//! Element stacks: one image an element, classified by rules.

mod classify;
mod matrix;
mod names;
mod reader;
mod rule;
mod settings;
mod values;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use corelith_core::{Progress, Raster, UNMEASURED};
use rayon::prelude::*;
use serde::Serialize;

use crate::several_images::image_files;
use crate::syntax::nearest;
use crate::{Crop, Error, MineralList, MineralMap, natural};
use classify::{Applied, Counts, class_at};
use names::{Element, elements};
use rule::{Rule, Wanted};
pub use settings::{ElementRule, ElementSettings};
use values::{Values, read_values};

/// Endings of tables of numbers.
const TEXTS: [&str; 4] = ["txt", "csv", "asc", "tsv"];

/// The images of elements of one section.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ElementStack {
    /// The folder or pattern, for messages.
    #[serde(skip)]
    place: PathBuf,
    elements: Vec<Element>,
    #[serde(skip)]
    paths: Vec<PathBuf>,
    #[serde(skip)]
    notes: Vec<String>,
}

/// The element that each file name tells, as rules may write it.
pub(crate) fn element_names(stems: &[String]) -> Vec<Option<String>> {
    let found = elements(stems).into_iter();
    found
        .map(|element| element.map(|e| e.to_string()))
        .collect()
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

impl ElementStack {
    /// The images and tables in a folder, or that match a pattern, whose names tell an element.
    ///
    /// # Errors
    /// [`Error::Image`] when there is none, two are of one element, or there is a file of which
    /// elements would have to be exported first.
    pub(crate) fn open(place: &Path) -> Result<Self, Error> {
        let wrong = |problem: String| Error::Image {
            path: place.to_owned(),
            problem,
        };
        if let Some(kind) = spectra(place) {
            return Err(wrong(format!(
                "{kind}, which is not read; export each element from its program as an image (TIFF \
                 of 16 bits, in grey) or as text, and name their folder as `elements`"
            )));
        }
        let (images, others) = image_files(place)?;
        let is_text = |path: &PathBuf| {
            let ending = path.extension().unwrap_or_default().to_string_lossy();
            TEXTS.contains(&&*ending.to_lowercase())
        };
        let mut files = images;
        files.extend(others.into_iter().filter(is_text));
        files.sort_by(|a, b| natural::compare(&stem(a), &stem(b)));
        let stems: Vec<String> = files.iter().map(|path| stem(path)).collect();
        let mut left_out = Vec::new();
        let mut found: Vec<(Element, PathBuf)> = Vec::new();
        for (element, path) in elements(&stems).into_iter().zip(files) {
            match element {
                Some(element) => found.push((element, path)),
                None => left_out.push(stem(&path)),
            }
        }
        if found.is_empty() {
            return Err(wrong(format!(
                "no image of an element found{}; expected files whose names tell one, such as \
                 `Si.tif`, `Fe K.png` or `sample_Al Ka1.txt` (relative paths start at the project \
                 file)",
                match left_out.first() {
                    Some(name) => format!(" among {} files such as `{name}`", left_out.len()),
                    None => String::new(),
                }
            )));
        }
        found.sort();
        if let Some(pair) = found.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(wrong(format!(
                "two files of the element {}: `{}` and `{}`; take one of them away, or choose by a \
                 pattern such as \"elements/*.tif\"",
                pair[0].0,
                stem(&pair[0].1),
                stem(&pair[1].1)
            )));
        }
        let mut notes = Vec::new();
        if let Some(name) = left_out.first() {
            notes.push(format!(
                "{} files whose names tell no element are left out, such as `{name}`",
                left_out.len()
            ));
        }
        let (elements, paths) = found.into_iter().unzip();
        Ok(Self {
            place: place.to_owned(),
            elements,
            paths,
            notes,
        })
    }

    /// The files, in the order of their elements.
    pub(crate) fn files(&self) -> &[PathBuf] {
        &self.paths
    }

    fn wrong(&self, problem: String) -> Error {
        Error::Image {
            path: self.place.clone(),
            problem,
        }
    }

    fn listed(&self) -> String {
        let names: Vec<String> = self.elements.iter().map(Element::to_string).collect();
        names.join(", ")
    }

    /// Place of the image that a rule names.
    fn image_of(&self, rule: &str, wanted: &Wanted) -> Result<usize, Error> {
        let found: Vec<usize> = (0..self.elements.len())
            .filter(|&i| {
                let element = &self.elements[i];
                wanted.is(element.symbol, element.line.as_deref())
            })
            .collect();
        match *found {
            [one] => Ok(one),
            [] => Err(self.wrong(format!(
                "{rule} names `{}`, of which there is no image; there are {}. Add it, or change the \
                 rule",
                wanted.written,
                self.listed()
            ))),
            _ => {
                let lines: Vec<String> =
                    found.iter().map(|i| format!("`{}`", self.elements[*i])).collect();
                Err(self.wrong(format!(
                    "{rule} names `{}`, of which there are several images; write {}",
                    wanted.written,
                    lines.join(" or ")
                )))
            }
        }
    }

    /// Reads the images that the rules name, and classifies each pixel by the first rule that
    /// holds. Where a value is missing (NaN, transparent) nothing was measured.
    ///
    /// # Errors
    /// [`Error::Image`] for a rule that names what is not there, images of several sizes, and when
    /// no pixel gets a mineral; those of reading an image; cancellation.
    pub(crate) fn read(
        &self,
        list: &MineralList,
        settings: &ElementSettings,
        crop: Option<Crop>,
        progress: &dyn Progress,
    ) -> Result<MineralMap, Error> {
        if settings.rules.is_empty() {
            return Err(self.wrong(format!(
                "images of the elements {} and no rule that tells minerals by them; add some, such \
                 as `[[sem.rule]]`, `mineral = \"{}\"`, `when = \"{} > 100\"`",
                self.listed(),
                list.minerals
                    .name(list.minerals.len().saturating_sub(1) as u8),
                self.elements[0].symbol
            )));
        }
        let mut rules = Vec::new();
        for (i, rule) in settings.rules.iter().enumerate() {
            let name = format!("rule {} (`{}`)", i + 1, rule.mineral);
            let read = Rule::read(&rule.when)
                .map_err(|problem| self.wrong(format!("{name}, {problem}")))?;
            let images: Vec<usize> = read
                .elements
                .iter()
                .map(|wanted| self.image_of(&name, wanted))
                .collect::<Result<_, _>>()?;
            rules.push(Applied {
                class: self.class(list, &rule.mineral, &name)?,
                rule: read,
                images,
                name,
            });
        }
        let otherwise = settings.unclassified.as_ref();
        let otherwise = otherwise
            .map(|name| self.class(list, name, "`unclassified`"))
            .transpose()?;
        let mut notes = self.notes.clone();
        let images = self.read_used(&rules, crop, &mut notes, progress)?;
        self.classified(list, &rules, &images, otherwise, notes)
    }

    fn class(&self, list: &MineralList, mineral: &str, what: &str) -> Result<u8, Error> {
        let names: Vec<&str> = list.minerals.rows().iter().map(|row| &*row.name).collect();
        let at = names.iter().position(|name| *name == mineral);
        at.map(|at| at as u8).ok_or_else(|| {
            let hint = nearest(mineral, &names)
                .map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
            self.wrong(format!(
                "{what}: `{mineral}` is not in the mineral list ({}){hint}",
                names.join(", ")
            ))
        })
    }

    /// The images that some rule names, by their place.
    fn read_used(
        &self,
        rules: &[Applied],
        crop: Option<Crop>,
        notes: &mut Vec<String>,
        progress: &dyn Progress,
    ) -> Result<BTreeMap<usize, Values>, Error> {
        let used: std::collections::BTreeSet<usize> = rules
            .iter()
            .flat_map(|rule| rule.images.iter().copied())
            .collect();
        let mut images: BTreeMap<usize, Values> = BTreeMap::new();
        for at in used {
            progress.check()?;
            let (values, of_image) = read_values(&self.paths[at], crop)?;
            notes.extend(
                of_image
                    .into_iter()
                    .map(|note| format!("{}: {note}", self.elements[at])),
            );
            if let Some((first, one)) = images.first_key_value()
                && one.image_size != values.image_size
            {
                return Err(self.wrong(format!(
                    "the image of {} (`{}`) has {} x {} pixels, expected {} x {} as that of {}; \
                     export all elements of a section with the same size",
                    self.elements[at],
                    stem(&self.paths[at]),
                    values.image_size[0],
                    values.image_size[1],
                    one.image_size[0],
                    one.image_size[1],
                    self.elements[*first]
                )));
            }
            let finite = || values.values.iter().filter(|v| v.is_finite());
            let low = finite().copied().fold(f32::INFINITY, f32::min);
            let high = finite().copied().fold(f32::NEG_INFINITY, f32::max);
            if low >= high {
                notes.push(format!("{}: one value only ({low})", self.elements[at]));
            } else {
                notes.push(format!(
                    "{}: values from {low} to {high}",
                    self.elements[at]
                ));
            }
            images.insert(at, values);
        }
        if let Some(unused) = (0..self.elements.len()).find(|at| !images.contains_key(at)) {
            notes.push(format!(
                "{} of {} images are named by no rule, such as that of {}",
                self.elements.len() - images.len(),
                self.elements.len(),
                self.elements[unused]
            ));
        }
        Ok(images)
    }

    fn classified(
        &self,
        list: &MineralList,
        rules: &[Applied],
        images: &BTreeMap<usize, Values>,
        otherwise: Option<u8>,
        mut notes: Vec<String>,
    ) -> Result<MineralMap, Error> {
        let Some(first) = images.values().next() else {
            return Err(
                self.wrong("no rule names an element; say when a pixel is which".to_owned())
            );
        };
        let (cols, rows) = (first.cols, first.rows);
        let of_rows: Vec<(Vec<u8>, Counts)> = (0..rows)
            .into_par_iter()
            .map(|row| {
                let mut counts = Counts::new(rules.len());
                let classes = (row * cols..(row + 1) * cols)
                    .map(|pixel| class_at(rules, images, otherwise, pixel, &mut counts))
                    .collect();
                (classes, counts)
            })
            .collect();
        let mut classes = Vec::with_capacity(cols * rows);
        let mut counts = Counts::new(rules.len());
        for (of_row, of_row_counts) in of_rows {
            classes.extend(of_row);
            counts.add(&of_row_counts);
        }
        let classes = Raster::new(classes, rows, cols).map_err(|reason| Error::Shape {
            path: self.place.clone(),
            reason,
        })?;
        notes.extend(counts.notes(
            rules,
            classes.len(),
            otherwise.map(|c| list.minerals.name(c)),
        ));
        // Ignored classes count as not measured, as in every map.
        let ignored = |class: &u8| match list.minerals.is_ignored(*class) {
            true => UNMEASURED,
            false => *class,
        };
        let classes = classes.map(ignored);
        if classes.data().iter().all(|class| *class == UNMEASURED) {
            return Err(self.wrong(format!(
                "no rule holds anywhere: {}; compare the rules with these values",
                notes.join("; ")
            )));
        }
        let background = list.minerals.background();
        if !classes.data().contains(&background) {
            notes.push(format!(
                "no pixel is `{}`, the background: give it a rule, or set `unclassified` to it where \
                 all that no rule tells is resin",
                list.minerals.name(background)
            ));
        }
        Ok(MineralMap {
            image_size: first.image_size,
            classes,
            moved: None,
            notes,
        })
    }
}

/// Spectra of whole maps, of which elements have to be exported: Bruker `.bcf`, Oxford `.oip`,
/// EDAX `.spd`, `.h5`.
fn spectra(place: &Path) -> Option<&'static str> {
    let ending = place.extension()?.to_str()?.to_lowercase();
    match ending.as_str() {
        "bcf" => Some("a composite file of Bruker ESPRIT (.bcf)"),
        "h5oina" | "oip" | "oipx" => Some("a project of Oxford AZtec"),
        "spd" | "spc" | "edaxh5" => Some("spectra of EDAX"),
        "rpl" => Some("a spectrum cube of Lispix"),
        _ => None,
    }
}
