use corelith_core::Volume;

/// What a network found in a volume.
#[derive(Debug, Clone)]
pub struct Segmentation {
    /// Class of every voxel: resin where it is as probable as all minerals together, else the most
    /// probable mineral.
    pub phases: Volume<u8>,
    /// How much speaks for the most probable mineral of every voxel against the second most
    /// probable one: the logarithm of their odds in steps of [`Self::EVIDENCE_STEP_NATS`], 0 to 255,
    /// whether the voxel is a mineral or resin.
    pub evidence: Volume<u8>,
    /// Probability of every class, one volume a class, 0 to 255, when asked for.
    pub probabilities: Option<Vec<Volume<u8>>>,
}

impl Segmentation {
    /// Size of a step of [`Self::evidence`], in nats: the scale ends at odds of 2900.
    pub const EVIDENCE_STEP_NATS: f32 = 1.0 / 32.0;
}
