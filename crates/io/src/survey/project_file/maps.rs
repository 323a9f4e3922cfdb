//! The maps of a project file, and the rules for images of elements.

use std::fmt::Write as _;

use super::super::commented_toml::{Writer, text};
use super::super::{FoundMap, Survey};

impl Writer {
    pub(super) fn maps(&mut self, survey: &Survey) {
        if survey.maps.is_empty() {
            self.blank();
            self.comment(
                "FILL IN: no mineral map was found, an image in which each colour is a mineral of \
                 the list",
            );
            self.text
                .push_str("# [[sem.map]]\n# mineral_map =\n# bse =\n# role = \"training\"\n");
            self.gap("[[sem.map]]", "no mineral map was found");
            return;
        }
        let common = survey.common_pixel_size().map(|(_, size)| size.xyz_um[0]);
        let names = survey.map_names();
        let last = survey.maps.len() - 1;
        for (i, (map, name)) in survey.maps.iter().zip(names).enumerate() {
            self.text.push_str("\n[[sem.map]]\n");
            self.map(map, name, common);
            // One map is needed to learn from, so a single one is not kept back.
            let validation = i == last && last > 0;
            let role = if validation { "validation" } else { "training" };
            let why = match (i, validation) {
                (0, _) => {
                    "which maps the network learns from is for you to choose; here all do but the \
                     last of several"
                }
                (_, true) => "kept back, to check the result against",
                _ => "",
            };
            self.key("role", &text(role), why);
        }
        self.rules(survey);
    }

    /// Where there are images of elements, the rules that nobody but the user knows.
    fn rules(&mut self, survey: &Survey) {
        let Some(map) = survey.maps.iter().find(|map| !map.elements.is_empty()) else {
            return;
        };
        let what = format!(
            "a rule for each mineral that says when a pixel is it, by the values of the elements \
             ({}); the first that holds counts, and `unclassified` in section [sem] names the mineral \
             of all others",
            map.elements.join(", ")
        );
        self.blank();
        self.comment(&format!("FILL IN: {what}"));
        let _ = writeln!(
            self.text,
            "# [[sem.rule]]\n# mineral = \"\"\n# when = \"{} > 100\"",
            map.elements[0]
        );
        self.gap("[[sem.rule]]", &what);
    }

    fn map(&mut self, map: &FoundMap, name: Option<String>, common_um: Option<f64>) {
        let [cols, rows] = map.size_px;
        let size = match cols {
            0 => "of a size that is not known yet".to_owned(),
            _ => format!("{cols} x {rows} pixels"),
        };
        let bse = match (&map.bse, &*map.bse_candidates) {
            (Some(bse), _) => format!(", BSE {}", bse.path),
            (None, []) => String::new(),
            (None, several) => format!(", BSE is for you to choose: {}", several.join(", ")),
        };
        if map.elements.is_empty() {
            let from = match map.frames {
                0 => size.clone(),
                n => format!("{n} frames, whose names say row and column: {size} together"),
            };
            self.found(format!("map: {}, {from}{bse}", map.mineral_map));
            self.key("mineral_map", &text(&map.mineral_map), &from);
        } else {
            let names = map.elements.join(", ");
            self.found(format!("elements: {}, {names}, {size}", map.mineral_map));
            self.key(
                "elements",
                &text(&map.mineral_map),
                &format!("images of the elements {names}, {size}; rules tell minerals by them"),
            );
        }
        for note in &map.notes {
            self.comment(note);
        }
        if let Some(name) = name {
            let why = "its file name alone would not do: another map has it, or it cannot be that \
                       of a result";
            self.key("name", &text(&name), why);
        }
        if let Some(crop) = map.crop_px {
            self.key(
                "crop_px",
                &crop.in_toml(),
                "proposed: colours that are not in the mineral list fill a strip beside it, as a \
                 legend or scale bar does",
            );
        }
        if let Some(problem) = &map.problem {
            self.comment(&format!("MEND: {problem}"));
            self.gap(&format!("map {}", map.mineral_map), problem);
            if let Some(tolerance) = map.colour_tolerance {
                let _ = writeln!(self.text, "# colour_tolerance = {tolerance}");
            }
        }
        if let Some(bse) = &map.bse {
            let from = format!(
                "found by {}; the minerals explain {:.0} % of the variance of its grey values",
                bse.found_by,
                100.0 * bse.explained
            );
            self.key("bse", &text(&bse.path), &from);
            if let Some(crop) = bse.crop_px {
                self.key(
                    "bse_crop_px",
                    &crop.in_toml(),
                    "proposed: without the data bar below",
                );
            }
            for note in &bse.notes {
                self.comment(note);
            }
        } else if !map.bse_candidates.is_empty() {
            self.comment("CHOOSE, if one is the BSE image of this map:");
            for path in &map.bse_candidates {
                let _ = writeln!(self.text, "# bse = {}", text(path));
            }
        }
        let own = map.pixel_size.agreed();
        match (own, common_um) {
            (Some(own), Some(common)) if (own.xyz_um[0] / common - 1.0).abs() > 0.01 => {
                self.key("pixel_size_um", &format!("{:?}", own.xyz_um[0]), &own.from);
            }
            (None, _) if !map.pixel_size.stated.is_empty() => {
                let values: Vec<String> = map
                    .pixel_size
                    .stated
                    .iter()
                    .map(|size| format!("{:?} # {}", size.xyz_um[0], size.from))
                    .collect();
                let place = format!("map {}", map.mineral_map);
                let what = "what the files state of the size of its pixels contradicts itself";
                self.open(&place, "pixel_size_um", &values, what);
            }
            _ => {}
        }
    }
}
