use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use corelith_registration::MapChannels;

/// What to evaluate.
#[derive(Debug, Subcommand)]
pub enum EvaluateCommand {
    /// How often, how exactly and how honestly maps are placed; maps of other samples included
    Registration(EvaluateRegistrationArgs),
    /// How often the 95 % intervals of liberation hold the truth
    Coverage(CoverageArgs),
    /// Hold the results of a project against its known truth, as `corelith phantom` writes it
    Results(EvaluateResultsArgs),
    /// How well touching particles come apart, from the mask alone and with the network
    Separation(EvaluateSeparationArgs),
    /// What the rules for weak regions of a mineral bring
    Regions(EvaluateRegionsArgs),
    /// Every stage on phantoms of kinds drawn at random, beside a random forest
    AnyOre(EvaluateAnyOreArgs),
}

/// Arguments of `evaluate any-ore`.
#[derive(Debug, Args)]
pub struct EvaluateAnyOreArgs {
    /// Phantoms; the kinds take turns
    #[arg(long, default_value_t = 5, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1000))]
    pub phantoms: u64,
    /// Width of the phantoms, in voxels; their height is five eighths of it
    #[arg(long, default_value_t = 176, value_name = "VOXELS", value_parser = clap::value_parser!(u64).range(96..=1024))]
    pub width: u64,
    /// Minutes of training of each
    #[arg(long, default_value_t = 12.0, value_name = "N")]
    pub minutes: f64,
    /// Folder of the phantoms and their results; a study that was stopped goes on there
    #[arg(short, long, default_value = "any-ore", value_name = "FOLDER")]
    pub output: PathBuf,
}

/// Arguments of `evaluate coverage`.
#[derive(Debug, Args)]
pub struct CoverageArgs {
    /// Independent phantoms, about a second of one core each
    #[arg(long, default_value_t = 240, value_name = "N", value_parser = clap::value_parser!(u64).range(2..=1_000_000))]
    pub phantoms: u64,
}

/// Arguments of `evaluate regions`.
#[derive(Debug, Args)]
pub struct EvaluateRegionsArgs {
    /// Phantoms of each of two fractions
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1000))]
    pub phantoms: u64,
    /// Width of the phantoms, in voxels; their height is two thirds of it
    #[arg(long, default_value_t = 144, value_name = "VOXELS", value_parser = clap::value_parser!(u64).range(48..=1024))]
    pub width: u64,
}

/// Arguments of `evaluate results`.
#[derive(Debug, Args)]
pub struct EvaluateResultsArgs {
    /// The project file (TOML), run already
    pub project: PathBuf,
    /// Folder of the truth [default: `truth` beside the project file]
    #[arg(long, value_name = "FOLDER")]
    pub truth: Option<PathBuf>,
}

/// Arguments of `evaluate separation`.
#[derive(Debug, Args)]
pub struct EvaluateSeparationArgs {
    /// Phantoms of every kind: two fractions, each hardly touching, touching and dense
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1000))]
    pub phantoms: u64,
    /// Width of the phantoms, in voxels; their height is two thirds of it
    #[arg(long, default_value_t = 144, value_name = "VOXELS", value_parser = clap::value_parser!(u64).range(48..=1024))]
    pub width: u64,
    /// Folder of a network for particles (`pretrain --task particles`) [default: the one that comes
    /// with the program]
    #[arg(long, value_name = "MODEL")]
    pub model: Option<PathBuf>,
}

/// What of a map is compared with the CT.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum ChannelsArg {
    /// Classes and BSE greys
    Both,
    /// Classes alone
    Classes,
    /// BSE greys alone
    Bse,
}

impl From<ChannelsArg> for MapChannels {
    fn from(channels: ChannelsArg) -> Self {
        match channels {
            ChannelsArg::Both => Self::Both,
            ChannelsArg::Classes => Self::Classes,
            ChannelsArg::Bse => Self::Bse,
        }
    }
}

/// Arguments of `evaluate registration`.
#[derive(Debug, Args)]
pub struct EvaluateRegistrationArgs {
    /// Phantoms; their fractions or kinds take turns
    #[arg(long, default_value_t = 16, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub phantoms: u64,
    /// Phantoms of kinds drawn at random, in place of lithium slag
    #[arg(long)]
    pub any_kind: bool,
    /// Maps of every phantom
    #[arg(long, default_value_t = 4, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1000))]
    pub maps: u64,
    /// Maps of other samples (one in ten blank or noise), shared out among the phantoms
    #[arg(long, default_value_t = 64, value_name = "N")]
    pub negatives: u64,
    /// Width of the phantoms, in voxels; their height is five eighths of it
    #[arg(long, default_value_t = 192, value_name = "VOXELS", value_parser = clap::value_parser!(u64).range(96..=1024))]
    pub width: u64,
    /// What of the maps is compared with the CT
    #[arg(long, default_value = "both")]
    pub channels: ChannelsArg,
    /// Tell the search the height of every map's middle to within so many voxels; that of maps of
    /// other samples is the height that they were cut at there
    #[arg(long, value_name = "VOXELS", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub height_within: Option<u32>,
    /// Where the table of all maps goes, one row a map (CSV)
    #[arg(short, long, value_name = "TABLE.csv")]
    pub output: Option<PathBuf>,
}
