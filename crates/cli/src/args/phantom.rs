use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Size fraction of a phantom.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum FractionArg {
    /// 63 to 100 micrometres
    #[value(name = "63-100")]
    Fine,
    /// 100 to 250 micrometres
    #[value(name = "100-250")]
    Coarse,
}

/// How closely the particles of a phantom lie.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum PackingArg {
    /// Hardly touching
    Loose,
    /// Touching everywhere, 53 % solid
    Touching,
    /// Densely packed, 66 % solid
    Dense,
}

/// Arguments of `phantom`.
#[derive(Debug, Args)]
pub struct PhantomArgs {
    /// Folder of the phantom; its truth goes into the folder `truth` in it
    #[arg(short, long, value_name = "FOLDER")]
    pub output: PathBuf,
    /// Size fraction in micrometres
    #[arg(long, default_value = "63-100")]
    pub fraction: FractionArg,
    /// How closely the particles lie
    #[arg(long, default_value = "loose")]
    pub packing: PackingArg,
    /// Width in voxels; the height is five eighths of it [default: that of the fraction's preset]
    #[arg(long, value_name = "VOXELS", value_parser = clap::value_parser!(u64).range(48..=1024))]
    pub width: Option<u64>,
    /// Standard deviation of the CT noise over the contrast between host mineral and resin
    /// [default: that of the preset]
    #[arg(long, value_name = "SHARE")]
    pub noise: Option<f64>,
    /// Pixel size of the maps in micrometres [default: that of the preset]
    #[arg(long, value_name = "MICROMETRES")]
    pub pixel_um: Option<f64>,
}

/// What a network learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TaskArg {
    /// The mineral of every voxel
    Phases,
    /// How deep a voxel lies in its own particle, touching ones told apart
    Particles,
}

/// Arguments of `pretrain`.
#[derive(Debug, Args)]
pub struct PretrainArgs {
    /// What the network learns
    #[arg(long, default_value = "phases")]
    pub task: TaskArg,
    /// Folder of the model
    #[arg(short, long, value_name = "MODEL")]
    pub output: PathBuf,
    /// Phantoms to learn from, each with settings of its own
    #[arg(long, default_value_t = 40, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub phantoms: u64,
    /// Training steps
    #[arg(long, default_value_t = 2000, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub steps: u64,
    /// Folder of a model to go on from, or `pretrained`: the weights that come with the program
    #[arg(long, value_name = "MODEL")]
    pub from: Option<String>,
}
