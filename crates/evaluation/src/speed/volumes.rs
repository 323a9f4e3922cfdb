use corelith_core::{CtFromMap, ShapeError, Spacing, Volume};
use corelith_registration::joint_histogram::FixedPose;
use corelith_registration::{QuantisedVolume, Samples};

/// Smooth blobs of the size of particles, about half of the volume.
pub(super) fn blobs(side: usize) -> Volume<u8> {
    Volume::from_fn([side; 3], Spacing::isotropic(1.0), |x, y, z| {
        let wave = |v: usize, f: f64, p: f64| (v as f64 * f + p).sin();
        let sum = wave(x, 0.21, 0.3) * wave(y, 0.17, 1.1)
            + wave(y, 0.23, 0.7) * wave(z, 0.19, 2.0)
            + wave(z, 0.22, 0.1) * wave(x, 0.16, 0.5);
        u8::from(sum > 0.1)
    })
}

/// A map of so many pixels a side, and so many poses of it about the middle of a volume.
pub(super) struct Posed {
    pub volume: QuantisedVolume,
    pub samples: Samples,
    pub poses: Vec<FixedPose>,
}

impl Posed {
    pub(super) fn new(side: usize, poses: usize) -> Result<Self, ShapeError> {
        let map_px = side as i32 * 2 / 3;
        let half = map_px / 2;
        let blobs = blobs(side);
        let greys = blobs.data().iter().enumerate();
        let greys = greys.map(|(i, &solid)| 20 + 150 * solid + (i % 31) as u8);
        let volume = QuantisedVolume::from_bytes(greys.collect(), [side; 3], 1)?;
        let samples = Samples::pack(
            0,
            0,
            (0..map_px * map_px).map(|i| (i % map_px - half, i / map_px - half, (i % 6) as u32)),
        );
        let middle = side as f64 / 2.0;
        let poses = (0..poses).map(|i| {
            let (s, c) = (i as f64).to_radians().sin_cos();
            let pose = CtFromMap::from([
                [0.9 * c, -0.9 * s, middle],
                [0.9 * s, 0.9 * c, middle],
                [0.05, 0.02, middle],
            ]);
            FixedPose::new(&pose, &samples, 1)
        });
        let poses = poses.collect();
        Ok(Self {
            volume,
            samples,
            poses,
        })
    }
}
