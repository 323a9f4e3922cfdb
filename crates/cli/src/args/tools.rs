//! Commands on single files, outside of any project.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Which voxels touch.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum ConnectivityArg {
    /// Across faces
    #[value(name = "6")]
    Six,
    /// Across faces and edges
    #[value(name = "18")]
    Eighteen,
    /// Across faces, edges and corners
    #[value(name = "26")]
    TwentySix,
}

/// Which part of a file is the volume.
#[derive(Debug, Args)]
pub struct PartArgs {
    /// The channel to read, counted from 1, where the file holds several
    #[arg(long, value_name = "N")]
    pub channel: Option<usize>,
    /// The array to read of an HDF5 file, such as `/entry/data/data`, where it holds several
    #[arg(long, value_name = "PATH")]
    pub dataset: Option<String>,
}

/// Arguments of `label`.
#[derive(Debug, Args)]
pub struct LabelArgs {
    /// The volume, in any format that is read; 0 is background
    pub input: PathBuf,
    /// Where the labels go (TIFF, 32 bit)
    #[arg(short, long, value_name = "OUT.tif")]
    pub output: PathBuf,
    /// Neighbours of a voxel
    #[arg(long, default_value = "26")]
    pub connectivity: ConnectivityArg,
    /// Only voxels of equal value connect
    #[arg(long)]
    pub multi: bool,
    /// What of the input to read
    #[command(flatten)]
    pub part: PartArgs,
    /// Also write size, bounding box, centroid and moments of every component
    #[arg(long, value_name = "OUT.csv")]
    pub statistics: Option<PathBuf>,
}

/// Arguments of `bench`.
#[derive(Debug, Args)]
pub struct BenchArgs {
    /// Small volumes and few repeats: at most two minutes on two cores
    #[arg(long)]
    pub quick: bool,
    /// Also estimate what a scan of so many voxels would take
    #[arg(long, num_args = 3, value_names = ["Z", "Y", "X"], value_parser = clap::value_parser!(u64).range(1..=65_536))]
    pub shape: Option<Vec<u64>>,
}

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// Arguments of `man`.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// Folder of the pages of all commands, such as ~/.local/share/man/man1
    pub folder: Option<PathBuf>,
}

/// Arguments of `separate`.
#[derive(Debug, Args)]
pub struct SeparateArgs {
    /// The volume, in any format that is read; 0 is background, anything else is solid
    pub mask: PathBuf,
    /// Where the particle labels go (TIFF, 32 bit)
    #[arg(short, long, value_name = "OUT.tif")]
    pub output: PathBuf,
    /// What of the input to read
    #[command(flatten)]
    pub part: PartArgs,
}
