use corelith_core::{Raster, Volume};
use rayon::prelude::*;

/// Grey values of `ct` at the points `[x, y, z]` of every pixel, trilinearly interpolated; NaN
/// outside the volume.
///
/// # Panics
/// When the three rasters differ in shape.
pub fn resample_plane(ct: &Volume<u16>, coords: &[Raster<f32>; 3]) -> Raster<f32> {
    let [xs, ys, zs] = coords;
    assert!(
        ys.len() == xs.len() && zs.len() == xs.len() && ys.cols() == xs.cols(),
        "the coordinate rasters differ in shape"
    );
    let mut values = vec![f32::NAN; xs.len()];
    values
        .par_iter_mut()
        .zip(xs.data())
        .zip(ys.data())
        .zip(zs.data())
        .with_min_len(1024)
        .for_each(|(((value, &x), &y), &z)| *value = trilinear(ct, [x, y, z]));
    let mut values = values.into_iter();
    Raster::from_fn(xs.rows(), xs.cols(), |_, _| {
        values.next().unwrap_or(f32::NAN)
    })
}

fn trilinear(ct: &Volume<u16>, point: [f32; 3]) -> f32 {
    let [nz, ny, nx] = ct.shape();
    let mut base = [0usize; 3];
    let mut far = [0f32; 3];
    for ((&p, n), (base, far)) in point
        .iter()
        .zip([nx, ny, nz])
        .zip(base.iter_mut().zip(&mut far))
    {
        if !(p >= 0.0 && p <= (n - 1) as f32) {
            return f32::NAN;
        }
        *base = (p as usize).min(n.saturating_sub(2));
        *far = p - *base as f32;
    }
    let next = |i: usize, n: usize| (i + 1).min(n - 1);
    let along_x = |y: usize, z: usize| {
        let (a, b) = (
            f32::from(ct.at(base[0], y, z)),
            f32::from(ct.at(next(base[0], nx), y, z)),
        );
        a + far[0] * (b - a)
    };
    let along_y = |z: usize| {
        let (a, b) = (along_x(base[1], z), along_x(next(base[1], ny), z));
        a + far[1] * (b - a)
    };
    let (a, b) = (along_y(base[2]), along_y(next(base[2], nz)));
    a + far[2] * (b - a)
}

#[cfg(test)]
mod tests {
    use super::*;
    use corelith_core::Spacing;

    #[test]
    fn a_ramp_is_met_between_voxels_and_nothing_outside() {
        let ct = Volume::from_fn([4, 5, 6], Spacing::isotropic(1.0), |x, y, z| {
            (10 * x + 100 * y + 1000 * z) as u16
        });
        let raster = |values: [f32; 3]| Raster::new(values.to_vec(), 1, 3).unwrap();
        let plane = resample_plane(
            &ct,
            &[
                raster([1.5, 5.0, 5.1]),
                raster([2.25, 4.0, 0.0]),
                raster([0.5, 3.0, 0.0]),
            ],
        );
        assert!((plane.data()[0] - 740.0).abs() < 1e-3);
        assert!((plane.data()[1] - 3450.0).abs() < 1e-3);
        assert!(plane.data()[2].is_nan());
    }
}
