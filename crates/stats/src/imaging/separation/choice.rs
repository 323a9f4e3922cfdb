//! Whether a network's depth serves a sample better than its mask alone, told without a truth.

use std::fmt;

use corelith_core::{Progress, Volume};
use corelith_gpu::Compute;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::{SeparationError, Settings, separate_on};

/// Voxels along each axis, at most, of the block in the middle that both ways are tried on; even.
const LARGEST_BLOCK_VOX: usize = 320;

/// Particles that the mask alone and the network tell, held against each other.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// Whether the network's depth leaves less doubt than the mask alone.
    pub by_network: bool,
    /// Doubt left by the mask alone ([`super::Separated::doubt`]), 0 to 0.5.
    pub mask_doubt: f64,
    /// Doubt left by the network, 0 to 0.5.
    pub network_doubt: f64,
    /// Share of particles that both find alike (F1 at an intersection over union above 0.5), 0 to
    /// 1. Where it is low, at least one of them is wrong about many.
    pub agreement: f64,
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (way, other) = if self.by_network {
            ("the particle network", "the mask alone")
        } else {
            ("the mask alone", "the particle network")
        };
        let (least, most) = if self.by_network {
            (self.network_doubt, self.mask_doubt)
        } else {
            (self.mask_doubt, self.network_doubt)
        };
        write!(
            f,
            "touching particles come apart by {way}: a doubt of {:.1} % a contact, against {:.1} % \
             by {other}; both agree on {:.0} % of the particles",
            100.0 * least,
            100.0 * most,
            100.0 * self.agreement
        )
    }
}

/// Takes a block in the middle of the sample apart by its mask alone and with the network's depth,
/// and tells which leaves less doubt. A network that does not know a sample sees borders where the
/// shapes speak against any, or the other way round; both raise the doubt.
///
/// # Errors
/// Those of [`separate_on`].
pub fn choose(
    compute: &Compute,
    mask: &Volume<u8>,
    depth: &Volume<f32>,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<Choice, SeparationError> {
    super::regions::check(mask, Some(depth))?;
    let shape = mask.shape().map(|n| n.min(LARGEST_BLOCK_VOX));
    // Even, so that blocks of voxels stay whole.
    let start = [0, 1, 2].map(|axis| (mask.shape()[axis] - shape[axis]) / 2 / 2 * 2);
    let block = cropped(mask, start, shape);
    let depth = cropped(depth, start.map(|n| n / 2), shape.map(|n| n.div_ceil(2)));
    let by_mask = separate_on(compute, block.clone(), None, settings, progress)?;
    let by_network = separate_on(compute, block, Some(&depth), settings, progress)?;
    Ok(Choice {
        by_network: by_network.doubt <= by_mask.doubt,
        mask_doubt: by_mask.doubt,
        network_doubt: by_network.doubt,
        agreement: agreement(by_mask.particles.data(), by_network.particles.data()),
    })
}

fn cropped<T: Copy>(volume: &Volume<T>, start: [usize; 3], shape: [usize; 3]) -> Volume<T> {
    let [z0, y0, x0] = start;
    Volume::from_fn(shape, volume.spacing(), |x, y, z| {
        volume.at(x + x0, y + y0, z + z0)
    })
}

/// F1 of particles alike; 1 where neither has any.
fn agreement(a: &[u32], b: &[u32]) -> f64 {
    let mut sizes: [FxHashMap<u32, u64>; 2] = Default::default();
    let mut common: FxHashMap<(u32, u32), u64> = FxHashMap::default();
    for (&a, &b) in a.iter().zip(b) {
        for (sizes, label) in sizes
            .iter_mut()
            .zip([a, b])
            .filter(|(_, label)| *label != 0)
        {
            *sizes.entry(label).or_default() += 1;
        }
        if a != 0 && b != 0 {
            *common.entry((a, b)).or_default() += 1;
        }
    }
    let alike = common
        .iter()
        .filter(|((a, b), both)| 3 * **both > sizes[0][a] + sizes[1][b])
        .count();
    match sizes[0].len() + sizes[1].len() {
        0 => 1.0,
        all => 2.0 * alike as f64 / all as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn particles_alike_are_counted() {
        assert_eq!(agreement(&[0, 0], &[0, 0]), 1.0);
        assert_eq!(agreement(&[1, 1, 2, 2], &[5, 5, 4, 4]), 1.0);
        assert_eq!(agreement(&[1, 1, 2, 2], &[1, 1, 1, 1]), 0.0);
        // An intersection of 2 of 3 counts, one of 1 of 2 does not.
        assert_eq!(agreement(&[1, 1, 1, 0, 2], &[0, 1, 1, 3, 3]), 0.5);
    }
}
