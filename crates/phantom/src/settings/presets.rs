use super::{Habit, PhantomSettings};

impl PhantomSettings {
    /// Lithium slag of the 63 to 100 micrometre fraction: the default.
    pub fn slag_63_100() -> Self {
        Self::default()
    }

    /// Lithium slag of the 100 to 250 micrometre fraction.
    pub fn slag_100_250() -> Self {
        let mut settings = Self {
            shape_vox: [160, 256, 256],
            ..Self::default()
        };
        settings.particles.diameter_min_um = 88.0;
        settings.particles.diameter_max_um = 158.0;
        settings.particles.solid_fraction = 0.445;
        settings.particles.separation = 0.96;
        settings.texture.pores_per_1000_vox = 0.85;
        settings.texture.band_um = 29.0;
        settings.texture.blob_um = 18.0;
        settings
    }

    /// These particles, touching everywhere: 53 % solid.
    pub fn touching(mut self) -> Self {
        self.particles.solid_fraction = 0.53;
        self.particles.separation = 0.95;
        self
    }

    /// These particles, densely packed: 66 % solid.
    pub fn dense(mut self) -> Self {
        self.particles.solid_fraction = 0.66;
        self.particles.separation = 0.95;
        self
    }

    /// Only the first `count` minerals (background left out), in the order in which a phantom
    /// needs them: host, bands, then the others. At least the host stays.
    pub fn with_minerals(mut self, count: usize) -> Self {
        self.minerals.sort_by_key(|m| match m.habit {
            Habit::Host => 0,
            Habit::Bands => 1,
            Habit::Blobs | Habit::Grains => 2,
            Habit::Specks => 3,
        });
        self.minerals.truncate(count.max(1));
        self
    }
}
