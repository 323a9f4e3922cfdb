//! Whether neighbouring voxels resemble each other, as they do in every scan.

use super::gathered::Gathered;
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

/// Voxels all over a volume, and the next ones along each axis.
#[derive(Debug, PartialEq)]
pub(super) struct Neighbours {
    /// `[nz, ny, nx]`.
    shape: [usize; 3],
    /// The numbers of the voxels in the order of their positions.
    order: Vec<u32>,
    /// How many of these were there in the slices so far, and in those before the last one.
    seen: [usize; 2],
    /// Greys of the voxels by their numbers, and of the next along x, y and z where there is one.
    greys: [Vec<u16>; 4],
}

impl Neighbours {
    /// Of no slice yet; `shape` is `[nz, ny, nx]`.
    pub fn new(shape: [usize; 3]) -> Self {
        let mut new = Self {
            shape,
            order: Vec::new(),
            seen: [0; 2],
            greys: Default::default(),
        };
        let count = new.voxels().min(SAMPLE);
        new.greys.fill(vec![0; count]);
        new.order = (0..count as u32).collect();
        let mut order = std::mem::take(&mut new.order);
        order.sort_by_key(|i| new.position(*i));
        new.order = order;
        new
    }

    fn voxels(&self) -> usize {
        self.shape.iter().product()
    }

    /// Position in the volume of the voxel of a number.
    fn position(&self, i: u32) -> usize {
        let (i, n) = (i as usize, self.voxels());
        // A step that is no multiple of rows or slices goes through all parts of them.
        let step = n.div_ceil(SAMPLE) | 1;
        (i * step + i / 7) % n
    }

    /// Adds slice `z`, the next one.
    pub fn add(&mut self, z: usize, slice: &[u16]) {
        let [_, ny, nx] = self.shape;
        let [mut last, mut before] = self.seen;
        while before < last {
            let i = self.order[before];
            self.greys[3][i as usize] = slice[self.position(i) % slice.len()];
            before += 1;
        }
        while let Some(&i) = self.order.get(last)
            && self.position(i) / slice.len() == z
        {
            let at = self.position(i) % slice.len();
            let i = i as usize;
            self.greys[0][i] = slice[at];
            if at % nx + 1 < nx {
                self.greys[1][i] = slice[at + 1];
            }
            if at / nx + 1 < ny {
                self.greys[2][i] = slice[at + nx];
            }
            last += 1;
        }
        self.seen = [last, before];
    }

    /// The correlation of voxels with the next ones along an axis (x, y, z); of pairs that are both
    /// `padding`, nothing. `None` where there is too little to see.
    fn likeness(&self, padding: u16, axis: usize, value: impl Fn(u16) -> u16) -> Option<f64> {
        let [nz, ny, nx] = self.shape;
        let (lag, length) = [(1, nx), (nx, ny), (nx * ny, nz)][axis];
        let pairs: Vec<(f64, f64)> = (0..self.order.len() as u32)
            .filter(|i| self.position(*i) / lag % length + 1 < length)
            .map(|i| [0, axis + 1].map(|of| self.greys[of][i as usize]))
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
}

/// A sentence when voxels do not resemble their neighbours along some axis.
pub(super) fn unlike(gathered: &Gathered) -> Option<String> {
    let [padding, _] = gathered.range()?;
    let likeness =
        |axis: usize, value: fn(u16) -> u16| gathered.neighbours.likeness(padding, axis, value);
    let alike = [0, 1, 2].map(|axis| likeness(axis, |v| v));
    let unlike: Vec<&str> = ["rows (x)", "columns (y)", "slices (z)"]
        .into_iter()
        .zip(alike)
        .filter_map(|(name, r)| (r? < ALIKE_MIN).then_some(name))
        .collect();
    if unlike.is_empty() {
        return None;
    }
    let exchanged = likeness(0, u16::swap_bytes);
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

#[cfg(test)]
mod tests {
    use corelith_core::{Spacing, Volume};

    use super::super::phantom::{SHAPE, balls};
    use super::*;

    fn unlike(volume: &Volume<u16>) -> Option<String> {
        super::unlike(&Gathered::of(volume))
    }

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
