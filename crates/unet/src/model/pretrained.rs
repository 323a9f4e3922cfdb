//! The weights that come with the program.

use sha2::{Digest as _, Sha256};

use super::Model;
use crate::UnetError;

const PHASES: &[u8] = include_bytes!("../../pretrained/phases/weights.safetensors");
const PARTICLES: &[u8] = include_bytes!("../../pretrained/particles/weights.safetensors");

/// The model of phases that comes with this crate: learned from phantoms of lithium slag, each
/// with a look of its own, by `corelith pretrain`. Its card stands beside it.
///
/// # Errors
/// As [`Model::from_bytes`].
pub fn pretrained_phases() -> Result<Model, UnetError> {
    Model::from_bytes(PHASES)
}

/// The model that tells touching particles apart, from such phantoms in three packings, by
/// `corelith pretrain --task particles`. It sees means over 2 x 2 x 2 voxels.
///
/// # Errors
/// As [`Model::from_bytes`].
pub fn pretrained_particles() -> Result<Model, UnetError> {
    Model::from_bytes(PARTICLES)
}

/// Checksum of the file behind [`pretrained_phases`], in hexadecimal digits: what depends on
/// these weights depends on it.
pub fn pretrained_phases_sha256() -> String {
    sha256(PHASES)
}

/// Checksum of the file behind [`pretrained_particles`], in hexadecimal digits.
pub fn pretrained_particles_sha256() -> String {
    sha256(PARTICLES)
}

fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_models_are_whole_and_their_checksums_differ() {
        pretrained_phases().unwrap();
        pretrained_particles().unwrap();
        let (phases, particles) = (pretrained_phases_sha256(), pretrained_particles_sha256());
        assert_eq!(phases.len(), 64);
        assert_ne!(phases, particles);
        // FIPS 180-2, appendix B.1.
        assert!(sha256(b"abc").starts_with("ba7816bf8f01cfea"));
    }
}
