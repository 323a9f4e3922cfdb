use crate::ct::coarse_volume::CoarseVolume;
use crate::similarity::shader::GREY_MAX;

/// A volume of bytes `0..=GREY_MAX`, from which joint histograms are filled.
#[derive(Debug, Clone, PartialEq)]
pub struct QuantisedVolume {
    data: Vec<u8>,
    shape: [usize; 3],
    factor: usize,
}

impl QuantisedVolume {
    /// Wraps grey values `0..=GREY_MAX` (larger ones are clipped) of shape `[nz, ny, nx]`, each
    /// standing for `factor` voxels a side of the full volume.
    ///
    /// # Errors
    /// When the length of `data` is not the product of `shape`.
    pub fn from_bytes(
        mut data: Vec<u8>,
        shape: [usize; 3],
        factor: usize,
    ) -> Result<Self, corelith_core::ShapeError> {
        let expected = shape.iter().product();
        if data.len() != expected {
            return Err(corelith_core::ShapeError {
                shape: shape.to_vec(),
                expected,
                found: data.len(),
            });
        }
        for grey in &mut data {
            *grey = (*grey).min(GREY_MAX as u8);
        }
        Ok(Self {
            data,
            shape,
            factor,
        })
    }

    pub(crate) fn new(coarse: &CoarseVolume) -> Self {
        let levels = GREY_MAX as f32;
        Self {
            data: coarse
                .data
                .iter()
                .map(|&fraction| (fraction * levels).round() as u8)
                .collect(),
            shape: coarse.shape,
            factor: coarse.factor,
        }
    }

    /// Grey values, x fastest.
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// `[nz, ny, nx]`.
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }

    /// Voxels of the full volume along each side of one of these.
    pub fn factor(&self) -> usize {
        self.factor
    }
}
