use corelith_core::Volume;

/// Voxels from which on it is worth knowing where a step is faster, and of the sample that tells.
const VOXELS: [usize; 2] = [1 << 20, 1 << 22];

/// The first slices of a volume, to try a step on; none of a small volume.
pub(super) fn sample_of<T: Clone>(volume: &Volume<T>) -> Option<Volume<T>> {
    let [nz, ny, nx] = volume.shape();
    let area = ny * nx;
    let slices = VOXELS[1].div_ceil(area.max(1)).min(nz);
    let voxels = slices * area;
    if voxels < VOXELS[0] {
        return None;
    }
    let first = volume.data()[..voxels].to_vec();
    Volume::new(first, [slices, ny, nx], volume.spacing()).ok()
}

#[cfg(test)]
mod tests {
    use corelith_core::Spacing;

    use super::*;

    #[test]
    fn a_sample_is_the_first_slices_of_a_large_volume() {
        let of = |shape| sample_of(&Volume::filled(shape, Spacing::isotropic(1.0), 3u8));
        assert!(of([100, 100, 100]).is_none() && of([0, 5, 5]).is_none());
        assert_eq!(of([120, 100, 100]).unwrap().shape(), [120, 100, 100]);
        assert_eq!(of([900, 100, 1000]).unwrap().shape(), [42, 100, 1000]);
        assert_eq!(of([2, 3000, 3000]).unwrap().shape(), [1, 3000, 3000]);
    }
}
