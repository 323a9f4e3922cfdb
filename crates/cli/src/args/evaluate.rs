use std::path::PathBuf;

use clap::{Args, Subcommand};
use corelith_evaluation::study::Study;

/// What to evaluate.
#[derive(Debug, Subcommand)]
pub enum EvaluateCommand {
    /// A method, on phantoms.
    #[command(flatten)]
    Study(Study),
    /// Hold the results of a project against its known truth, as `corelith phantom` writes it
    Results(EvaluateResultsArgs),
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
