//! Maps that lie in no part of a phantom, for tests that a program says so.

use corelith_core::{Raster, seed_of};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A map of nothing but background: class 0 everywhere.
pub fn blank_map(rows: usize, cols: usize) -> Raster<u8> {
    Raster::filled(rows, cols, 0)
}

/// A map of independent random classes `0..classes` a pixel.
///
/// # Panics
/// When `classes` is 0.
pub fn noise_map(rows: usize, cols: usize, classes: u8, seed: u64) -> Raster<u8> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed_of(seed, "phantom noise map"));
    Raster::from_fn(rows, cols, |_, _| rng.random_range(0..classes))
}
