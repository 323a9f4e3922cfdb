//! The voxel spacing that a file states, and how far it agrees with what the user states.

use std::fmt;

use corelith_core::Spacing;

/// Where a spacing was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SpacingSource {
    /// The description that ImageJ writes, with the resolution tags of the TIFF.
    ImageJ,
    /// The physical sizes of OME-XML.
    Ome,
    /// The resolution tags of a TIFF alone.
    Resolution,
    /// `spacings` or `space directions` of an NRRD header.
    Nrrd,
    /// `ElementSpacing` of a MetaImage header.
    MetaImage,
    /// `pixdim` of a NIfTI header.
    Nifti,
    /// `BoundingBox` of an AmiraMesh.
    Amira,
    /// The scale in the metadata of an OME-Zarr.
    Zarr,
    /// `element_size_um` of an array of an HDF5 file.
    Hdf5,
    /// `PixelSize` of a Zeiss file.
    Zeiss,
    /// Positions in the names of slices, which are those along z.
    Names,
}

impl fmt::Display for SpacingSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ImageJ => "ImageJ's description",
            Self::Ome => "OME metadata",
            Self::Resolution => "resolution tags of the TIFF",
            Self::Nrrd => "NRRD header",
            Self::MetaImage => "MetaImage header",
            Self::Nifti => "NIfTI header",
            Self::Amira => "AmiraMesh header",
            Self::Zarr => "OME-Zarr metadata",
            Self::Hdf5 => "attribute element_size_um of the HDF5 array",
            Self::Zeiss => "Zeiss metadata",
            Self::Names => "positions in the names of the slices",
        })
    }
}

/// The spacing that a file states, axis by axis, in micrometres; `None` for an axis of which it
/// says nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SaidSpacing {
    /// Along x, y and z.
    pub xyz_um: [Option<f64>; 3],
    /// Where it says so.
    pub source: SpacingSource,
    /// Whether the distance of slices is from the positions in their names instead.
    pub z_by_names: bool,
}

/// Spacings further apart than this disagree: rounding in headers is far below, a wrong unit or
/// binning far above.
const DISAGREEMENT: f64 = 0.01;

impl SaidSpacing {
    /// What is said of at least one axis; sizes that are no lengths above 0 are left out.
    pub(crate) fn new(xyz_um: [Option<f64>; 3], source: SpacingSource) -> Option<Self> {
        let xyz_um = xyz_um.map(|um| {
            // Ratios of integers and products of units are off in the last digits.
            let um: f64 = format!("{:.11e}", um?).parse().ok()?;
            (um.is_finite() && um > 0.0).then_some(um)
        });
        xyz_um.iter().any(Option::is_some).then_some(Self {
            xyz_um,
            source,
            z_by_names: source == SpacingSource::Names,
        })
    }

    /// What files say and what the positions in their names do, where the files leave z open; and
    /// a sentence where they contradict each other.
    pub(crate) fn with_names(
        said: Option<Self>,
        step_um: Option<f64>,
    ) -> (Option<Self>, Option<String>) {
        let by_names = Self::new([None, None, step_um], SpacingSource::Names);
        let (Some(said), Some(by_names)) = (said, by_names) else {
            return (said.or(by_names), None);
        };
        let [x, y, z] = said.xyz_um;
        let differs = |um: f64| step_um.is_some_and(|step| (step / um - 1.0).abs() > DISAGREEMENT);
        match z {
            Some(um) => {
                let note = differs(um).then(|| {
                    format!(
                        "voxels are {said} by {}, and {by_names} by {}; the first was taken",
                        said.source, by_names.source
                    )
                });
                (Some(said), note)
            }
            None => {
                let both = Self {
                    xyz_um: [x, y, by_names.xyz_um[2]],
                    z_by_names: true,
                    ..said
                };
                (Some(both), None)
            }
        }
    }

    /// Where it says so.
    fn sources(&self) -> String {
        match self.z_by_names && self.source != SpacingSource::Names {
            true => format!("{}, and along z {}", self.source, SpacingSource::Names),
            false => self.source.to_string(),
        }
    }

    /// Where it says so, and what was taken to be the same where it says nothing.
    pub fn origin(&self) -> String {
        let assumed = match (self.complete(), self.xyz_um[2]) {
            (Some(_), _) => "",
            (None, None) => ", which states pixels only: the slices are taken to be as far apart",
            (None, Some(_)) => {
                ", which state the distance of slices only: pixels are taken to be as large"
            }
        };
        self.sources() + assumed
    }

    /// The spacing, where the file says all of it.
    pub fn complete(&self) -> Option<Spacing> {
        match self.xyz_um {
            [Some(x_um), Some(y_um), Some(z_um)] => Some(Spacing { x_um, y_um, z_um }),
            _ => None,
        }
    }

    /// The spacing, with the pixel size for the distance of slices where only that is missing
    /// and pixels are square, or the other way round: CT voxels are cubes.
    pub fn with_cubes(&self) -> Option<Spacing> {
        match self.xyz_um {
            [Some(x), Some(y), None] if (x / y - 1.0).abs() <= DISAGREEMENT => Some(Spacing {
                x_um: x,
                y_um: y,
                z_um: x,
            }),
            [None, None, Some(z)] => Some(Spacing::isotropic(z)),
            _ => self.complete(),
        }
    }

    /// A sentence that names both when the file and the project differ by more than 1 % along an
    /// axis of which the file says something.
    pub fn disagreement(&self, project: Spacing) -> Option<String> {
        let stated = [project.x_um, project.y_um, project.z_um];
        let ratios: Vec<f64> = self
            .xyz_um
            .iter()
            .zip(stated)
            .filter_map(|(said, um)| Some((*said)? / um))
            .collect();
        let differs = ratios.iter().any(|r| (r - 1.0).abs() > DISAGREEMENT);
        let unit = ratios.first().and_then(|first| {
            let all = ratios
                .iter()
                .all(|r| (r / first - 1.0).abs() <= UNIT_UNSURE);
            all.then(|| unit_of_ratio(*first)).flatten()
        });
        let unit = unit.map_or_else(String::new, |unit| {
            format!("; the number of the project looks like one in {unit}")
        });
        differs.then(|| {
            format!(
                "the slices say {self} ({}), the project says {} x {} x {} um \
                 (`voxel_size_um`){unit}; correct the one that is wrong",
                self.sources(),
                stated[0],
                stated[1],
                stated[2]
            )
        })
    }
}

/// How far a ratio of spacings may be off that of two units.
const UNIT_UNSURE: f64 = 0.02;

/// The unit in which a number was given that is so many times too small for micrometres.
fn unit_of_ratio(ratio: f64) -> Option<&'static str> {
    [
        (1e-3, "nanometres"),
        (1e3, "millimetres"),
        (1e4, "centimetres"),
        (1e6, "metres"),
        (25.4, "thousandths of an inch"),
        (25_400.0, "inches"),
    ]
    .into_iter()
    .find_map(|(of_unit, name)| ((ratio / of_unit - 1.0).abs() <= UNIT_UNSURE).then_some(name))
}

impl fmt::Display for SaidSpacing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let axis = |um: Option<f64>| match um {
            // Six digits: a ratio of two integers brings back 2.2960000001.
            Some(um) => format!("{}", (um * 1e6).round() / 1e6),
            None => "?".to_owned(),
        };
        let [x, y, z] = self.xyz_um.map(axis);
        write!(f, "{x} x {y} x {z} um")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(x: f64, y: f64, z: Option<f64>) -> SaidSpacing {
        SaidSpacing::new([Some(x), Some(y), z], SpacingSource::ImageJ).unwrap()
    }

    #[test]
    fn a_disagreement_names_both() {
        let said = said(2.296, 2.296, Some(4.592));
        let text = said.disagreement(Spacing::isotropic(2.296)).unwrap();
        assert!(text.contains("2.296 x 2.296 x 4.592 um"), "{text}");
        assert!(text.contains("2.296 x 2.296 x 2.296 um"), "{text}");
        let same = Spacing {
            x_um: 2.3,
            y_um: 2.296,
            z_um: 4.59,
        };
        assert_eq!(said.disagreement(same), None);
    }

    #[test]
    fn a_wrong_unit_is_named() {
        let said = said(2.296, 2.296, Some(2.296));
        let told = |um: f64| said.disagreement(Spacing::isotropic(um)).unwrap();
        assert!(told(0.002_296).contains("one in millimetres"));
        assert!(told(2296.0).contains("one in nanometres"));
        assert!(told(2.296 / 25_400.0).contains("one in inches"));
        assert!(!told(4.592).contains("looks like"));
    }

    #[test]
    fn positions_in_names_say_what_files_leave_open() {
        let of_names = |said, step| SaidSpacing::with_names(said, step);
        let pixels = said(2.0, 2.0, None);
        let (both, note) = of_names(Some(pixels), Some(4.0));
        assert_eq!(both.unwrap().xyz_um, [Some(2.0), Some(2.0), Some(4.0)]);
        assert_eq!(note, None);
        assert!(
            both.unwrap()
                .origin()
                .contains("along z positions in the names")
        );
        let (alone, _) = of_names(None, Some(4.0));
        assert_eq!(alone.unwrap().with_cubes(), Some(Spacing::isotropic(4.0)));
        let told = alone
            .unwrap()
            .disagreement(Spacing::isotropic(2.0))
            .unwrap();
        assert!(
            told.contains("? x ? x 4 um (positions in the names"),
            "{told}"
        );
        let whole = said(2.0, 2.0, Some(2.0));
        let (kept, note) = of_names(Some(whole), Some(4.0));
        assert_eq!(kept, Some(whole));
        assert!(note.unwrap().contains("? x ? x 4 um"));
        assert_eq!(of_names(Some(whole), Some(2.001)).1, None);
        assert_eq!(of_names(None, None).0, None);
    }

    #[test]
    fn what_is_not_said_is_not_compared() {
        let said = said(2.0, 2.0, None);
        assert_eq!(said.complete(), None);
        assert_eq!(said.with_cubes(), Some(Spacing::isotropic(2.0)));
        let long = Spacing {
            x_um: 2.0,
            y_um: 2.0,
            z_um: 9.0,
        };
        assert_eq!(said.disagreement(long), None);
        assert_eq!(
            SaidSpacing::new([Some(0.0), None, None], SpacingSource::Ome),
            None
        );
    }
}
