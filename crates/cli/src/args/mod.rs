//! The command line.

mod evaluate;
mod tools;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use corelith_core::{Region, zero_or_more};
use corelith_gpu::DeviceChoice;
use corelith_pipeline::stage::part::Part;

pub use evaluate::{EvaluateCommand, EvaluateResultsArgs};
pub use tools::{
    BenchArgs, CompletionsArgs, ConnectivityArg, LabelArgs, ManArgs, PartArgs, SeparateArgs,
};

/// 3D mineralogy of particles from X-ray CT and a few SEM mineral maps.
#[derive(Debug, Parser)]
#[command(
    name = "corelith",
    version = crate::version::SHORT,
    long_version = crate::version::long(),
    propagate_version = true,
    max_term_width = 100
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Options that every command takes.
    #[command(flatten)]
    pub global: Global,
}

/// Options that every command takes.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// Folder of the results [default: `results` beside the project file]
    #[arg(long, global = true, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// auto (a real GPU if there is one, else the CPU), gpu, cpu, or a number of `corelith devices`
    #[arg(long, global = true, default_value = "auto", value_name = "DEVICE")]
    pub device: DeviceChoice,
    /// Seed of everything random; the same seed and device give the same result
    #[arg(long, global = true, value_name = "N")]
    pub seed: Option<u64>,
    /// Threads of the CPU path [default: all]
    #[arg(long, global = true, value_name = "N")]
    pub threads: Option<usize>,
    /// GB of memory for volumes; of those that are larger than 134 MB, what goes beyond it lies on the
    /// disk, beside the results [default: seven eighths of what is free, and all but 0.6 GB of it at
    /// most]
    #[arg(long, global = true, value_name = "GB", value_parser = zero_or_more, allow_negative_numbers = true)]
    pub memory: Option<f64>,
    /// No progress and no summary
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Print the result as JSON on stdout
    #[arg(long, global = true)]
    pub json: bool,
    /// Forget what earlier commands on these results asked for (--seed, --minutes, --from, --model,
    /// --start, --region), and go by the project file and this command alone
    #[arg(long, global = true)]
    pub forget: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Do every stage, from the CT slices to the report; unchanged stages are skipped
    Run(ProjectArgs),
    /// Make a phantom with exact truth, run every stage on it, and judge the result
    Demo(DemoArgs),
    /// Look at a folder and write a project file of what it holds: CT, maps, lists, sizes
    Init(InitArgs),
    /// Read every input, list all that is wrong with them, and draw them on a page; changes nothing
    Check(ProjectArgs),
    /// Read the CT slices and mineral maps into the results folder
    Import(ProjectArgs),
    /// Find where each mineral map lies in the CT volume
    Register(RegisterArgs),
    /// Train the network on the registered maps
    Train(TrainArgs),
    /// Give every voxel a phase and a particle
    Segment(SegmentArgs),
    /// Measure every particle, liberation, and the 2D-3D bias
    Measure(MeasureArgs),
    /// Write the HTML page; of several samples, a page that compares them
    Report(ReportArgs),
    /// Make a phantom in the file formats of real data, its exact truth beside it
    Phantom(PhantomArgs),
    /// Train a network on phantoms with exact truth: phases, for `train --from` to start from, or
    /// particles
    Pretrain(PretrainArgs),
    /// Label the connected components of any volume
    Label(LabelArgs),
    /// Separate the touching particles of any mask
    Separate(SeparateArgs),
    /// Print every setting of a project file that has a default: what it does, its range or words
    Settings,
    /// List the adapters, and say which one `--device auto` takes
    Devices,
    /// Time every step on the processor and on the GPUs of this machine
    Bench(BenchArgs),
    /// Print the script that makes a shell complete commands and options
    Completions(CompletionsArgs),
    /// Print the man page, or write those of all commands into a folder
    Man(ManArgs),
    /// Judge the methods on phantoms with exact truth
    #[command(subcommand)]
    Evaluate(EvaluateCommand),
    /// The reference data sets
    #[command(subcommand)]
    Data(DataCommand),
}

/// A project file.
#[derive(Debug, Clone, Args)]
pub struct ProjectArgs {
    /// The project file (TOML)
    pub project: PathBuf,
}

/// Arguments of `init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Folder of the sample; all folders below it are looked at
    pub folder: PathBuf,
    /// Name of the project file, in the folder
    #[arg(default_value = "sample.toml", value_name = "NAME")]
    pub project: String,
    /// The volume that is meant, where the folder holds several: its path in the folder
    #[arg(long, value_name = "PATH")]
    pub ct: Option<String>,
    /// Replace a project file that is there
    #[arg(long)]
    pub force: bool,
}

/// Arguments of `report`.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// A project file; or several project files or results folders, measured already, to compare
    /// [--out is then the folder of the comparison, default: `comparison`]
    #[arg(required = true, value_name = "PROJECT")]
    pub projects: Vec<PathBuf>,
}

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Minutes of training; longer is better
    #[arg(long, default_value_t = 3.5, value_name = "N", value_parser = zero_or_more)]
    pub minutes: f64,
    /// Size of the phantom; with the full one the folder is `demo-full`
    #[arg(long, default_value = "small")]
    pub size: SizeArg,
}

/// Size of the demo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SizeArg {
    /// 176 x 176 x 104 voxels, for minutes
    Small,
    /// 1000 x 1011 x 984 voxels, as large as a whole scan: an hour or more, and 12 GB of disk
    Full,
}

/// Arguments of `register`.
#[derive(Debug, Args)]
pub struct RegisterArgs {
    /// The project file (TOML)
    pub project: PathBuf,
    /// Only the map of this name (the name of its file without the extension)
    #[arg(long, value_name = "NAME")]
    pub map: Option<String>,
    /// A registration/MAP.json to start from: searches only near it; in place of the project's
    /// `start` or `region_vox`
    #[arg(long, value_name = "JSON", requires = "map")]
    pub start: Option<PathBuf>,
    /// Where the middle of the map lies, in voxels, such as z=40..60 or x=80..120,z=40..60: only
    /// there may it be found; in place of the project's `start` or `region_vox`
    #[arg(
        long,
        value_name = "RANGES",
        requires = "map",
        conflicts_with = "start"
    )]
    pub region: Option<Region>,
}

/// Arguments of `train`.
#[derive(Debug, Args)]
pub struct TrainArgs {
    /// The project file (TOML)
    pub project: PathBuf,
    /// Minutes of training, in place of the project's setting
    #[arg(long, value_name = "N", value_parser = zero_or_more)]
    pub minutes: Option<f64>,
    /// Folder of a model to start from, in place of the project's setting
    #[arg(long, value_name = "MODEL")]
    pub from: Option<PathBuf>,
}

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
    #[arg(long, value_name = "SHARE", value_parser = zero_or_more)]
    pub noise: Option<f64>,
    /// Pixel size of the maps in micrometres [default: that of the preset]
    #[arg(long, value_name = "MICROMETRES", value_parser = zero_or_more)]
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

/// Arguments of `segment`.
#[derive(Debug, Args)]
pub struct SegmentArgs {
    /// The project file (TOML)
    pub project: PathBuf,
    /// Folder of another model (models/NAME of another result)
    #[arg(long, value_name = "MODEL")]
    pub model: Option<PathBuf>,
    /// End with exit status 1 where the model does not suit the scan, before it is applied
    #[arg(long)]
    pub only_suitable: bool,
    /// Only the networks on part K of N along z, which other machines may do at the same time with
    /// the others; the command without it then joins them
    #[arg(long, value_name = "K/N")]
    pub part: Option<Part>,
}

/// Arguments of `measure`.
#[derive(Debug, Args)]
pub struct MeasureArgs {
    /// The project file (TOML)
    pub project: PathBuf,
    /// Only what the particles add up to in part K of N along z, which other machines may do at the
    /// same time with the others; the command without it then joins them
    #[arg(long, value_name = "K/N")]
    pub part: Option<Part>,
}

/// Arguments of `data fetch`.
#[derive(Debug, Args)]
pub struct FetchArgs {
    /// Name of the data set in `corelith data list`
    pub name: String,
    /// Folder that it goes to [default: a folder of the data set's name]
    pub folder: Option<PathBuf>,
    /// Only files of the repository that fit, such as '*.zip'; may be given several times
    #[arg(long, value_name = "PATTERN")]
    pub only: Vec<String>,
    /// Leave archives as they are
    #[arg(long)]
    pub no_unpack: bool,
    /// Most that one archive may unpack to, in GiB [default: 4, or 100 times the size of the
    /// archive where that is more]
    #[arg(long, value_name = "GIB", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub unpack_limit: Option<u64>,
    /// Address of the repository's REST API, in place of the one in the manifest
    #[arg(long, value_name = "URL")]
    pub server: Option<String>,
}

/// What to do with the reference data sets.
#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// List the data sets of the manifest: where from, licence, acquisition
    List,
    /// Download a data set from its repository, checked and unpacked; goes on where it stopped
    Fetch(FetchArgs),
    /// Check a downloaded data set against the manifest
    Verify {
        /// Name of the data set in `corelith data list`
        name: String,
        /// Folder that it was downloaded to
        folder: PathBuf,
    },
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
