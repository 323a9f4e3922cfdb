use corelith_core::Volume;
use fast_surface_nets::ndshape::RuntimeShape;
use fast_surface_nets::{SurfaceNetsBuffer, surface_nets};
use nalgebra::Vector3;

/// A triangle mesh in voxels of its model.
pub struct Surface {
    pub positions: Vec<Vector3<f32>>,
    /// Unit length, outwards.
    pub normals: Vec<Vector3<f32>>,
    pub triangles: Vec<[u32; 3]>,
}

/// Removes what lies in front of a plane through a point, in voxels.
#[derive(Debug, Clone, Copy)]
pub struct CutAway {
    pub point: Vector3<f32>,
    /// Unit length, towards what is removed.
    pub normal: Vector3<f32>,
}

impl Surface {
    /// Surface nets (Gibson 1998) on the mask of the particle, smoothed so that voxel steps do
    /// not show.
    pub fn of(classes: &Volume<Option<u8>>, cut: Option<CutAway>) -> Self {
        let [nz, ny, nx] = classes.shape();
        let mut field: Vec<f32> = classes
            .data()
            .iter()
            .map(|c| f32::from(u8::from(c.is_some())))
            .collect();
        for stride in [1, nx, nx * ny] {
            field = smoothed(&smoothed(&field, stride), stride);
        }
        for (index, value) in field.iter_mut().enumerate() {
            *value = 0.5 - *value;
            if let Some(cut) = cut {
                let (x, y, z) = (index % nx, index / nx % ny, index / nx / ny);
                let point = Vector3::new(x as f32, y as f32, z as f32);
                let ahead = (point - cut.point).dot(&cut.normal);
                *value = value.max(0.4 * ahead.clamp(-2.0, 2.0));
            }
        }
        let shape = RuntimeShape::<u32, 3>::new([nx as u32, ny as u32, nz as u32]);
        let mut buffer = SurfaceNetsBuffer::default();
        if nx > 1 && ny > 1 && nz > 1 {
            let last = [nx as u32 - 1, ny as u32 - 1, nz as u32 - 1];
            surface_nets(&field, &shape, [0; 3], last, &mut buffer);
        }
        Self {
            positions: buffer.positions.into_iter().map(Vector3::from).collect(),
            normals: buffer
                .normals
                .into_iter()
                .map(|n| Vector3::from(n).try_normalize(1e-12).unwrap_or_default())
                .collect(),
            triangles: buffer
                .indices
                .chunks_exact(3)
                .map(|t| [t[0], t[1], t[2]])
                .collect(),
        }
    }
}

/// Weights 1/4, 1/2, 1/4 along one axis. The rim of a model is empty, so ends need no rule of
/// their own.
fn smoothed(field: &[f32], stride: usize) -> Vec<f32> {
    let at = |i: Option<usize>| i.and_then(|i| field.get(i)).copied().unwrap_or(0.0);
    (0..field.len())
        .map(|i| 0.5 * field[i] + 0.25 * (at(i.checked_sub(stride)) + at(Some(i + stride))))
        .collect()
}

#[cfg(test)]
mod tests {
    use corelith_core::Spacing;

    use super::*;

    #[test]
    fn a_ball_has_a_round_surface_with_outward_normals() {
        let ball = Volume::from_fn([30, 30, 30], Spacing::isotropic(1.0), |x, y, z| {
            let r = Vector3::new(x as f32 - 14.5, y as f32 - 14.5, z as f32 - 14.5).norm();
            (r <= 10.0).then_some(1)
        });
        let surface = Surface::of(&ball, None);
        assert!(surface.triangles.len() > 1000);
        for (p, n) in surface.positions.iter().zip(&surface.normals) {
            let out = p - Vector3::repeat(14.5);
            assert!((out.norm() - 10.0).abs() < 0.8, "{}", out.norm());
            assert!(out.normalize().dot(n) > 0.8);
        }
    }
}
