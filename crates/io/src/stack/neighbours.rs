//! Whether neighbouring voxels resemble each other, as they do in every scan.

use corelith_core::Volume;
use rayon::prelude::*;

use super::statistics::correlation;

/// Voxels that are looked at: enough for a correlation.
const SAMPLE: usize = 1 << 17;

/// Fewer pairs give no correlation.
const PAIRS_MIN: usize = 2000;

/// Fewer greys are those of a mask, labels or nothing.
const GREYS_MIN: usize = 16;

/// Neighbours that are less alike than this are not alike.
const ALIKE_MIN: f64 = 0.05;

/// With the bytes of each voxel exchanged they are so much alike where that is what is wrong.
const EXCHANGED_MIN: f64 = 0.4;

/// A sentence when voxels do not resemble their neighbours along some axis.
pub(super) fn unlike(volume: &Volume<u16>) -> Option<String> {
    let [nz, ny, nx] = volume.shape();
    let padding = *volume.data().par_iter().min()?;
    let alike =
        [(1, nx), (nx, ny), (nx * ny, nz)].map(|axis| likeness(volume, padding, axis, |v| v));
    let unlike: Vec<&str> = ["rows (x)", "columns (y)", "slices (z)"]
        .into_iter()
        .zip(alike)
        .filter_map(|(name, r)| (r? < ALIKE_MIN).then_some(name))
        .collect();
    if unlike.is_empty() {
        return None;
    }
    let exchanged = likeness(volume, padding, (1, nx), u16::swap_bytes);
    let cause = if unlike.len() == 3 && exchanged.is_some_and(|r| r > EXCHANGED_MIN) {
        "with the bytes of each voxel exchanged they do: the byte order that the file states is \
         wrong; export it again, or read it by `raw` with the other `byte_order`"
    } else if unlike == ["slices (z)"] {
        "slices in a wrong order, or much further apart than particles are large, look like that; \
         check their order, and export all slices"
    } else {
        "a wrong order of axes or bytes, a wrong type or offset look like that; compare the volume \
         in a viewer, and export it again"
    };
    Some(format!(
        "voxels do not resemble their neighbours along {}, as in any scan they do; {cause}",
        unlike.join(" and ")
    ))
}

/// The correlation of voxels with those `lag` further on, the next along an axis of `length`; of
/// pairs that are both `padding`, nothing. `None` where there is too little to see.
fn likeness(
    volume: &Volume<u16>,
    padding: u16,
    (lag, length): (usize, usize),
    value: impl Fn(u16) -> u16,
) -> Option<f64> {
    let data = volume.data();
    let n = data.len();
    // A step that is no multiple of rows or slices goes through all parts of them.
    let step = n.div_ceil(SAMPLE) | 1;
    let pairs: Vec<(f64, f64)> = (0..n.min(SAMPLE))
        .map(|i| (i * step + i / 7) % n)
        .filter(|i| i / lag % length + 1 < length)
        .map(|i| [data[i], data[i + lag]])
        .filter(|pair| pair.iter().any(|v| *v != padding))
        .map(|[a, b]| (f64::from(value(a)), f64::from(value(b))))
        .collect();
    let mut greys: Vec<u64> = pairs.iter().map(|p| p.0.to_bits()).collect();
    greys.sort_unstable();
    greys.dedup();
    if pairs.len() < PAIRS_MIN || greys.len() < GREYS_MIN {
        return None;
    }
    correlation(pairs.iter().copied())
}

#[cfg(test)]
mod tests {
    use corelith_core::Spacing;

    use super::super::phantom::{SHAPE, balls};
    use super::*;

    #[test]
    fn a_scan_is_like_its_neighbours_and_noise_is_not() {
        let scan = balls(5);
        assert_eq!(unlike(&scan), None);
        let told = unlike(&scan.map(|v| v.swap_bytes())).unwrap();
        assert!(told.contains("byte order"), "{told}");
        let [nz, ny, nx] = SHAPE;
        let one = Spacing::isotropic(1.0);
        // Slices at random, so that they are in no order.
        let mixed = Volume::from_fn(SHAPE, one, |x, y, z| scan.at(x, y, z * 23 % nz));
        let told = unlike(&mixed).unwrap();
        assert!(told.contains("along slices (z),"), "{told}");
        let reshaped = Volume::new(scan.data().to_vec(), [nx, ny, nz], one).unwrap();
        let told = unlike(&reshaped);
        assert!(told.is_none_or(|told| told.contains("(y)")));
        let mut state = 1_u64;
        let noise = scan.map(|_| {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            (state >> 48) as u16
        });
        let told = unlike(&noise).unwrap();
        assert!(
            told.contains("rows (x) and columns (y) and slices (z)"),
            "{told}"
        );
        let padded = Volume::from_fn(SHAPE, one, |x, y, z| match x < nx / 2 {
            true => 0,
            false => noise.at(x, y, z).max(1),
        });
        assert!(unlike(&padded).is_some());
        assert_eq!(unlike(&Volume::filled(SHAPE, one, 7)), None);
        assert_eq!(unlike(&scan.map(|&v| u16::from(v > 15_000))), None);
    }
}
