use corelith_gpu::shaders::forest_vote::{CLASSES, KERNEL, Params};
use corelith_gpu::{GpuContext, GpuError, Work};

use super::tree::MOST_SPLITS;
use super::trees::Trees;

/// What a split takes: a node and a bin, mostly from caches.
const OPERATIONS_OF_A_SPLIT: u64 = 8;

/// Trees that vote on a GPU.
pub(super) struct DeviceTrees {
    width: usize,
    classes: usize,
    trees: usize,
    roots: wgpu::Buffer,
    nodes: wgpu::Buffer,
    shares: wgpu::Buffer,
}

impl DeviceTrees {
    /// Hands them over; none where there are more classes than the kernel has room for.
    ///
    /// # Errors
    /// When the trees do not fit the device.
    pub fn new(trees: &Trees, classes: usize, gpu: &GpuContext) -> Result<Option<Self>, GpuError> {
        if classes > CLASSES as usize {
            return Ok(None);
        }
        let (mut roots, mut nodes, mut shares) = (Vec::new(), Vec::new(), Vec::<f32>::new());
        for tree in &trees.trees {
            roots.push(nodes.len() as u32);
            let leaves = shares.len() / classes;
            nodes.extend(tree.device_nodes(nodes.len() as u32, leaves as u32));
            shares.extend(tree.shares().flatten());
        }
        Ok(Some(Self {
            width: trees.bins.width(),
            classes,
            trees: roots.len(),
            roots: gpu.storage("roots", &roots)?,
            nodes: gpu.storage("nodes", &nodes)?,
            shares: gpu.storage("shares of leaves", &shares)?,
        }))
    }

    /// Bytes of a sample in what [`Self::vote_on`] gives: of every class one, then some that mean nothing.
    pub fn bytes_of_sample(&self) -> usize {
        self.classes.next_multiple_of(4)
    }

    /// Probability of every class, 0 to 255, sample by sample, from the bins of the samples: what
    /// [`Trees::vote_on`] finds, to a step.
    ///
    /// # Errors
    /// When the samples do not fit the device, or it fails.
    pub fn vote_on(&self, bins: &[u8], gpu: &GpuContext) -> Result<Vec<u8>, GpuError> {
        let samples = bins.len() / self.width;
        let bins = gpu.storage("bins", bins)?;
        let bytes = samples * self.bytes_of_sample();
        let votes = gpu.output("votes", bytes as u64)?;
        let params = Params {
            width: self.width as u32,
            classes: self.classes as u32,
            trees: self.trees as u32,
            samples: samples as u32,
            origin: 0,
        };
        let splits = (self.trees * MOST_SPLITS) as u64;
        let of_sample = Work::of(
            1,
            (self.width + bytes / samples.max(1)) as u64,
            splits * OPERATIONS_OF_A_SPLIT,
        );
        let group = KERNEL.shader().workgroup_size[0];
        let groups = (samples as u32).div_ceil(group);
        let mut commands = gpu.commands("votes of a forest");
        for (groups, work) in of_sample.parts(gpu, groups, group.into()) {
            let origin = groups.start * group;
            commands.run(
                &KERNEL.launch(
                    Params { origin, ..params },
                    [groups.len() as u32, 1, 1],
                    work,
                ),
                [&self.roots, &self.nodes, &self.shares, &bins, &votes],
            )?;
        }
        commands.submit()?;
        let words: Vec<u32> = gpu.read(&votes)?;
        let mut found: Vec<u8> = bytemuck::pod_collect_to_vec(&words);
        found.truncate(bytes);
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use corelith_gpu::{assert_launched, test_context};
    use rand::{RngExt as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::forest::tests::{ct, forest_in_context};
    use crate::network::Scan;

    #[test]
    fn trees_vote_alike_on_both() {
        let Some(gpu) = test_context() else { return };
        let ct = ct();
        let forest = forest_in_context(&Scan::measure(&ct).unwrap());
        let classes = forest.classes.count();
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        for trees in [&forest.plain, forest.context.as_ref().unwrap()] {
            let device = DeviceTrees::new(trees, classes, &gpu).unwrap().unwrap();
            for samples in [1, 777] {
                let bins: Vec<u8> = (0..samples * trees.bins.width())
                    .map(|_| rng.random_range(0..128))
                    .collect();
                let expected = trees.vote_on(&bins, classes);
                let found = device.vote_on(&bins, &gpu).unwrap();
                let of_sample = device.bytes_of_sample();
                assert_eq!(found.len(), samples * of_sample);
                for (i, expected) in expected.iter().enumerate() {
                    let at = i / classes * of_sample + i % classes;
                    let off = (f32::from(found[at]) - 255.0 * expected).abs();
                    assert!(off < 0.501, "{} for {}", found[at], 255.0 * expected);
                }
            }
        }
        assert_launched(&gpu, &["forest_vote"]);
    }
}
