//! Grains of filler in the resin of a CT.

use corelith_core::{Volume, seed_of};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Puts grains of filler into the resin of a CT volume: balls of 1 to 3 voxels radius of one grey,
/// until they fill `share` of the volume. Voxels with a class other than 0 in `phases` stay.
///
/// # Panics
/// When the volumes differ in shape.
pub fn fill_resin(ct: &mut Volume<u16>, phases: &Volume<u8>, share: f64, grey: u16, seed: u64) {
    assert_eq!(ct.shape(), phases.shape(), "the volumes differ in shape");
    let mut rng = ChaCha8Rng::seed_from_u64(seed_of(seed, "phantom filler"));
    let [nz, ny, nx] = ct.shape();
    let wanted = (share * ct.len() as f64) as usize;
    let mut filled = 0;
    // Densely packed samples leave little room.
    for _ in 0..wanted {
        if filled >= wanted {
            break;
        }
        let radius: f64 = rng.random_range(1.0..3.0);
        let centre = [nx, ny, nz].map(|n| rng.random_range(0.0..n as f64));
        let reach = |axis: usize, n: usize| {
            let from = (centre[axis] - radius).ceil().max(0.0) as usize;
            from..((centre[axis] + radius).floor().max(0.0) as usize + 1).min(n)
        };
        for z in reach(2, nz) {
            for y in reach(1, ny) {
                for x in reach(0, nx) {
                    let from_centre: f64 = [x, y, z]
                        .iter()
                        .zip(centre)
                        .map(|(&at, c)| (at as f64 - c).powi(2))
                        .sum();
                    let i = (z * ny + y) * nx + x;
                    if from_centre <= radius * radius && phases.data()[i] == 0 {
                        let own = ct.data()[i];
                        // Half of the noise stays.
                        ct.data_mut()[i] = own / 2 + grey / 2;
                        filled += 1;
                    }
                }
            }
        }
    }
}
