/// Which classes are minerals, and how much each weighs in the cross-entropy.
pub(crate) struct Weighing {
    pub minerals: Vec<f32>,
    pub mineral_weights: Vec<f32>,
}

impl Weighing {
    /// From the number of labelled voxels of every class; the weights have the mean 1 over those of
    /// minerals.
    pub fn new(totals: &[f64], background: usize, rarity: f64) -> Self {
        let minerals: Vec<f32> = (0..totals.len())
            .map(|class| f32::from(u8::from(class != background)))
            .collect();
        let solid = |class: usize| f64::from(minerals[class]) * totals[class];
        let all = (0..totals.len()).map(solid).sum::<f64>().max(1.0);
        // Below a voxel in a thousand the weight grows no further: a handful of voxels would else
        // drive the whole network.
        let raw = |class: usize| (solid(class) / all).max(1e-3).powf(-rarity);
        let mean = (0..totals.len())
            .map(|c| raw(c) * solid(c) / all)
            .sum::<f64>();
        let mineral_weights = (0..totals.len())
            .map(|class| minerals[class] * (raw(class) / mean.max(1e-9)) as f32)
            .collect();
        Self {
            minerals,
            mineral_weights,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_minerals_weigh_more() {
        let Weighing {
            minerals,
            mineral_weights: weights,
        } = Weighing::new(&[90.0, 500.0, 10.0], 1, 0.5);
        assert_eq!(minerals, [1.0, 0.0, 1.0]);
        assert!((weights[2] / weights[0] - 3.0).abs() < 1e-3);
        assert_eq!(weights[1], 0.0);
        assert!((0.9 * weights[0] + 0.1 * weights[2] - 1.0).abs() < 1e-5);
    }
}
