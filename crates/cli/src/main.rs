//! The program `corelith`: arguments, progress, exit codes. The work is done by the libraries.

mod args;
mod commands;
mod failure;
mod memory;
mod output;
mod progress;
mod version;

use std::io::ErrorKind;
use std::process::ExitCode;

use clap::Parser as _;

use args::{Cli, Command, DataCommand, Global};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(answer) => return answered(&answer),
    };
    give_drivers_a_runtime_folder();
    corelith_memory::keep_buffers();
    let log = tracing_subscriber::EnvFilter::try_from_env("CORELITH_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("off"));
    tracing_subscriber::fmt()
        .with_env_filter(log)
        .with_writer(std::io::stderr)
        .init();
    match run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failure::report(&error),
    }
}

/// Help, the version, or what is wrong with the arguments.
fn answered(answer: &clap::Error) -> ExitCode {
    match answer.print() {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            failure::report(&anyhow::Error::new(error).context("cannot write to stdout"))
        }
        _ => ExitCode::from(u8::try_from(answer.exit_code()).unwrap_or(1)),
    }
}

fn run(cli: &Cli) -> anyhow::Result<()> {
    use_threads(&cli.global)?;
    memory::use_memory(&cli.global);
    progress::listen_for_signals()?;
    command(cli)?;
    memory::tell(&cli.global);
    Ok(())
}

fn command(cli: &Cli) -> anyhow::Result<()> {
    match &cli.command {
        Command::Run(project) => commands::run(&cli.global, project),
        Command::Demo(demo) => commands::demo(&cli.global, demo),
        Command::Init(init) => commands::init(&cli.global, init),
        Command::Check(project) => commands::check(&cli.global, project),
        Command::Import(project) => commands::import(&cli.global, project),
        Command::Register(register) => commands::register(&cli.global, register),
        Command::Train(train) => commands::train(&cli.global, train),
        Command::Segment(segment) => commands::segment(&cli.global, segment),
        Command::Measure(measure) => commands::measure(&cli.global, measure),
        Command::Report(report) => commands::report(&cli.global, report),
        Command::Phantom(phantom) => commands::phantom(&cli.global, phantom),
        Command::Pretrain(pretrain) => commands::pretrain(&cli.global, pretrain),
        Command::Label(label) => commands::label(&cli.global, label),
        Command::Separate(separate) => commands::separate(&cli.global, separate),
        Command::Settings => commands::settings(&cli.global),
        Command::Devices => commands::devices(&cli.global),
        Command::Bench(bench) => commands::bench(&cli.global, bench),
        Command::Completions(completions) => commands::completions(completions),
        Command::Man(man) => commands::man(man),
        Command::Evaluate(command) => commands::evaluate(&cli.global, command),
        Command::Data(DataCommand::List) => commands::data_list(&cli.global),
        Command::Data(DataCommand::Fetch(fetch)) => commands::data_fetch(&cli.global, fetch),
        Command::Data(DataCommand::Verify { name, folder }) => {
            commands::data_verify(&cli.global, name, folder)
        }
    }
}

/// On a server without a desktop session some Vulkan drivers print an error of their own for each
/// look at the adapters, unless this folder is named. Nothing is written to it.
fn give_drivers_a_runtime_folder() {
    const VARIABLE: &str = "XDG_RUNTIME_DIR";
    if cfg!(target_os = "linux") && std::env::var_os(VARIABLE).is_none() {
        // SAFETY: this is the only thread yet.
        unsafe { std::env::set_var(VARIABLE, std::env::temp_dir()) };
    }
}

/// Threads at most: beyond all cores of a large machine more of them only stand in each other's way,
/// and thousands stall it.
const MOST_THREADS: usize = 1024;

/// Sizes the one thread pool that every crate uses.
fn use_threads(global: &Global) -> anyhow::Result<()> {
    let threads = match global.threads {
        Some(threads) if !(1..=MOST_THREADS).contains(&threads) => {
            anyhow::bail!("--threads {threads}: expected 1 to {MOST_THREADS}, about one a core")
        }
        Some(threads) => threads,
        None => 0,
    };
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global()?;
    Ok(())
}
