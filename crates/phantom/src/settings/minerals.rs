use corelith_core::{settings, words};

words! {
    /// How a mineral occurs in a particle.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Habit {
        /// Fills what no other mineral takes.
        Host = "host",
        /// Layers and lenses that cut through the particle; may also be a particle of its own.
        Bands = "bands",
        /// Patches in the host.
        Blobs = "blobs",
        /// Grains of one mineral each, side by side, as Voronoi cells are; all minerals of this
        /// habit share them.
        Grains = "grains",
        /// Small spheres.
        Specks = "specks",
    }
}

impl Habit {
    /// The largest [`MineralLook::share`].
    pub(super) fn share_max(self) -> f64 {
        match self {
            Self::Specks => 100.0,
            Self::Host | Self::Bands | Self::Blobs | Self::Grains => 1.0,
        }
    }
}

settings! {
    /// A mineral and its look in CT and SEM.
    pub struct MineralLook {
        /// Name in the mineral list.
        pub name: String;
        /// Colour in the mineral maps, sRGB.
        pub rgb: [u8; 3];
        /// Density in g/cm3.
        pub density_g_cm3: f64;
        /// Mean CT grey value.
        pub ct_grey: f64, in [0 to 65535];
        /// Mean BSE grey value: rises with the mean atomic number.
        pub bse_grey: f64, in [0 to 255];
        /// How it occurs.
        pub habit: Habit;
        /// Wavelength of its regions, micrometres, at least half a voxel; none: that of its habit in
        /// the texture.
        pub scale_um: Option<f64>;
        /// Bands: mean share of a mixed particle. Blobs and grains: mean share of what bands leave.
        /// Specks: number in 1000 voxels. Host: ignored. Of bands, blobs and grains, 1 at most.
        pub share: f64, in [0 to 100];
    }
}

/// Minerals of lithium slag; grey values as in CT at 80 kV and in BSE of that material.
pub(super) fn slag_minerals() -> Vec<MineralLook> {
    let look = |name: &str, rgb, density_g_cm3, ct_grey, bse_grey, habit, share| MineralLook {
        name: name.to_owned(),
        rgb,
        density_g_cm3,
        ct_grey,
        bse_grey,
        habit,
        scale_um: None,
        share,
    };
    vec![
        look(
            "LiAlO2",
            [230, 40, 40],
            2.62,
            16_270.0,
            69.5,
            Habit::Bands,
            0.46,
        ),
        look(
            "Gehlenite",
            [60, 120, 220],
            3.04,
            20_250.0,
            127.5,
            Habit::Host,
            0.0,
        ),
        look(
            "Spinel",
            [60, 190, 80],
            3.6,
            20_950.0,
            140.5,
            Habit::Blobs,
            0.13,
        ),
        look(
            "Glass",
            [240, 200, 60],
            2.75,
            18_570.0,
            107.5,
            Habit::Blobs,
            0.15,
        ),
        look(
            "Metal",
            [250, 250, 250],
            7.8,
            38_000.0,
            238.0,
            Habit::Specks,
            0.12,
        ),
    ]
}
