/// A seed of its own for each purpose of one run, so that a change in how many random numbers
/// one stage draws leaves every other stage as it was.
///
/// FNV-1a over the purpose, mixed with the run's seed by the finaliser of SplitMix64
/// (Steele, Lea and Flood 2014).
pub fn seed_of(run_seed: u64, purpose: &str) -> u64 {
    let hash = purpose.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, byte| {
        (h ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let mut z = run_seed
        .wrapping_add(hash)
        .wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::seed_of;

    #[test]
    fn purposes_and_seeds_differ() {
        assert_ne!(seed_of(1, "train"), seed_of(1, "bootstrap"));
        assert_ne!(seed_of(1, "train"), seed_of(2, "train"));
    }
}
