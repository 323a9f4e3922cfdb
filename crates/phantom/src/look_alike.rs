use corelith_core::{Minerals, Progress, Silent, Volume, seed_of};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::{CtLook, PhantomError, phantom};

/// Voxels of a phantom `[nz, ny, nx]`.
const SHAPE_VOX: [usize; 3] = [72, 128, 128];

/// A phantom that looks like a scan, with the classes of the scan's mineral list.
#[derive(Debug, Clone, PartialEq)]
pub struct LookAlike {
    /// CT grey values.
    pub ct: Volume<u16>,
    /// True class of every voxel.
    pub phases: Volume<u8>,
}

/// Phantoms that look like a scan, each with particles and a look of its own; none where the maps
/// tell too little of the minerals.
///
/// # Errors
/// Cancellation, or a look out of what phantoms can show.
pub fn look_alikes(
    look: &CtLook,
    minerals: &Minerals,
    count: usize,
    seed: u64,
    progress: &dyn Progress,
) -> Result<Vec<LookAlike>, PhantomError> {
    let mut made = Vec::with_capacity(count);
    let Some(draft) = look.draft(minerals, SHAPE_VOX).filter(|_| count > 0) else {
        return Ok(made);
    };
    progress.start("phantoms", count as u64);
    let draft = look.matched(draft, seed_of(seed, "look-alikes"))?;
    for i in 0..count {
        progress.check()?;
        let mut rng = ChaCha8Rng::seed_from_u64(seed_of(seed, &format!("look-alike {i}")));
        let settings = draft.varied(&mut rng);
        let seed = seed_of(seed, &format!("look-alike {i} itself"));
        let phantom = phantom(&settings, seed, &Silent)?;
        let background = minerals.background();
        made.push(LookAlike {
            ct: phantom.ct,
            phases: phantom.phases.map(|&class| match class {
                0 => background,
                class => draft.classes[usize::from(class) - 1],
            }),
        });
        progress.advance(1);
    }
    progress.finish();
    Ok(made)
}
