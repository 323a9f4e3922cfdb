use corelith_core::Volume;

use super::GreyStatistics;
use crate::UnetError;

/// A CT volume and its grey values, measured once.
#[derive(Debug, Clone, Copy)]
pub struct Scan<'a> {
    /// Grey values, `[z, y, x]`.
    pub ct: &'a Volume<u16>,
    /// What resin and particles look like in it.
    pub grey: GreyStatistics,
}

impl<'a> Scan<'a> {
    /// Measures the grey values of a volume.
    ///
    /// # Errors
    /// [`UnetError::NoContrast`] when all voxels have the same grey value.
    pub fn measure(ct: &'a Volume<u16>) -> Result<Self, UnetError> {
        let grey = GreyStatistics::measure(ct)?;
        Ok(Self { ct, grey })
    }

    /// Normalised grey values of a box, `[z, y, x]`; outside the volume the nearest voxel counts.
    pub(crate) fn cut(&self, corner: [i64; 3], shape: [usize; 3]) -> Vec<f32> {
        let Self { ct, grey } = self;
        let inside = |axis: usize, i: usize| -> usize {
            (corner[axis] + i as i64).clamp(0, ct.shape()[axis] as i64 - 1) as usize
        };
        let columns: Vec<usize> = (0..shape[2]).map(|x| inside(2, x)).collect();
        let mut out = Vec::with_capacity(shape.iter().product());
        for z in 0..shape[0] {
            for y in 0..shape[1] {
                let row = ct.index(0, inside(1, y), inside(0, z));
                out.extend(columns.iter().map(|&x| grey.normalised(ct.data()[row + x])));
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use corelith_core::Spacing;

    use super::*;

    #[test]
    fn a_box_larger_than_the_volume_repeats_its_edge() {
        let ct = Volume::from_fn([2, 2, 2], Spacing::isotropic(1.0), |x, y, z| {
            (x + 2 * y + 4 * z) as u16
        });
        let grey = GreyStatistics {
            resin: 0.0,
            particles: 1.0,
            threshold: 0.5,
        };
        let values = Scan { ct: &ct, grey }.cut([-1, -1, -1], [4, 4, 4]);
        assert_eq!(values[0], 0.0);
        assert_eq!(values[63], 7.0);
    }
}
