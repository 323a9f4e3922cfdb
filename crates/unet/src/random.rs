//! Random numbers of training: every step draws from a generator of its own, so that a resumed
//! run goes on exactly as the interrupted one would have.

use corelith_core::seed_of;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// The generator of one purpose.
pub(crate) fn rng(seed: u64, purpose: &str) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed_of(seed, purpose))
}

/// Uniform in `-largest..=largest`.
pub(crate) fn symmetric(rng: &mut ChaCha8Rng, largest: f64) -> f64 {
    largest * (2.0 * rng.random::<f64>() - 1.0)
}
