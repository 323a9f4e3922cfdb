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
    /// The scale in the metadata of an OME-Zarr.
    Zarr,
    /// `element_size_um` of an array of an HDF5 file.
    Hdf5,
    /// `PixelSize` of a Zeiss file.
    Zeiss,
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
            Self::Zarr => "OME-Zarr metadata",
            Self::Hdf5 => "attribute element_size_um of the HDF5 array",
            Self::Zeiss => "Zeiss metadata",
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
        xyz_um
            .iter()
            .any(Option::is_some)
            .then_some(Self { xyz_um, source })
    }

    /// The spacing, where the file says all of it.
    pub fn complete(&self) -> Option<Spacing> {
        match self.xyz_um {
            [Some(x_um), Some(y_um), Some(z_um)] => Some(Spacing { x_um, y_um, z_um }),
            _ => None,
        }
    }

    /// The spacing, with the pixel size for the distance of slices where only that is missing
    /// and pixels are square: CT voxels are cubes.
    pub fn with_cubes(&self) -> Option<Spacing> {
        match self.xyz_um {
            [Some(x), Some(y), None] if (x / y - 1.0).abs() <= DISAGREEMENT => Some(Spacing {
                x_um: x,
                y_um: y,
                z_um: x,
            }),
            _ => self.complete(),
        }
    }

    /// A sentence that names both when the file and the project differ by more than 1 % along an
    /// axis of which the file says something.
    pub fn disagreement(&self, project: Spacing) -> Option<String> {
        let stated = [project.x_um, project.y_um, project.z_um];
        let differs = self
            .xyz_um
            .iter()
            .zip(stated)
            .any(|(said, um)| said.is_some_and(|said| (said / um - 1.0).abs() > DISAGREEMENT));
        differs.then(|| {
            format!(
                "the slices say {self} ({}), the project says {} x {} x {} um \
                 (`voxel_size_um`); correct the one that is wrong",
                self.source, stated[0], stated[1], stated[2]
            )
        })
    }
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
