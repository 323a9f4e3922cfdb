//! How good the methods are: studies over phantoms, and results held against their truth.

use corelith_evaluation::study;
use corelith_gpu::Compute;
use corelith_pipeline::model_folder::read_model;

use super::stage::open;
use crate::args::{
    CoverageArgs, EvaluateAnyOreArgs, EvaluateCommand, EvaluateRegionsArgs,
    EvaluateRegistrationArgs, EvaluateResultsArgs, EvaluateSeparationArgs, Global,
};
use crate::failure::CheckFailed;
use crate::output::{print, print_as, print_json};
use crate::progress::Terminal;

/// Seed of the studies when none is given.
const SEED: u64 = 1;

/// `corelith evaluate`.
pub fn evaluate(global: &Global, command: &EvaluateCommand) -> anyhow::Result<()> {
    match command {
        EvaluateCommand::Coverage(args) => coverage(global, args),
        EvaluateCommand::Results(args) => results(global, args),
        EvaluateCommand::Separation(args) => separation(global, args),
        EvaluateCommand::Regions(args) => regions(global, args),
        EvaluateCommand::Registration(args) => registration(global, args),
        EvaluateCommand::AnyOre(args) => any_ore(global, args),
    }
}

fn coverage(global: &Global, args: &CoverageArgs) -> anyhow::Result<()> {
    let terminal = Terminal::new(global.quiet);
    let seed = global.seed.unwrap_or(0);
    let found = study::coverage::coverage(args.phantoms, seed, &terminal)?;
    print_as(global.json, &found)
}

fn regions(global: &Global, args: &EvaluateRegionsArgs) -> anyhow::Result<()> {
    let terminal = Terminal::new(global.quiet);
    let found = study::regions::regions(
        args.phantoms,
        args.width as usize,
        global.seed.unwrap_or(SEED),
        &Compute::select(global.device)?,
        &terminal,
    )?;
    print_as(global.json, &found)
}

fn separation(global: &Global, args: &EvaluateSeparationArgs) -> anyhow::Result<()> {
    let terminal = Terminal::new(global.quiet);
    let network = match &args.model {
        Some(folder) => read_model(folder)?,
        None => corelith_unet::pretrained_particles()?,
    };
    let found = study::separation::separation(
        args.phantoms,
        args.width as usize,
        network,
        global.seed.unwrap_or(SEED),
        &Compute::select(global.device)?,
        &terminal,
    )?;
    print_as(global.json, &found)
}

fn registration(global: &Global, args: &EvaluateRegistrationArgs) -> anyhow::Result<()> {
    let terminal = Terminal::new(global.quiet);
    let samples = match args.any_kind {
        true => study::registration::Samples::AnyKind,
        false => study::registration::Samples::Slag,
    };
    let plan = study::registration::Plan {
        samples,
        phantoms: args.phantoms,
        maps: args.maps as usize,
        negatives: args.negatives,
        width_vox: args.width as usize,
        channels: args.channels.into(),
        height_within_vox: args.height_within.map(f64::from),
        table: args.output.clone(),
    };
    let compute = Compute::select(global.device)?;
    let seed = global.seed.unwrap_or(SEED);
    let found = study::registration::registration(&plan, seed, &compute, &terminal)?;
    print_as(global.json, &found)
}

fn any_ore(global: &Global, args: &EvaluateAnyOreArgs) -> anyhow::Result<()> {
    let terminal = Terminal::new(global.quiet);
    let plan = study::any_ore::Plan {
        phantoms: args.phantoms,
        width_vox: args.width as usize,
        minutes: args.minutes,
        folder: args.output.clone(),
        device: global.device,
    };
    let found = study::any_ore::any_ore(&plan, global.seed.unwrap_or(SEED), &terminal)?;
    print_as(global.json, &found)
}

/// Judges the results of a project whose truth is known.
fn results(global: &Global, args: &EvaluateResultsArgs) -> anyhow::Result<()> {
    let terminal = Terminal::new(global.quiet);
    let sample = open(global, &args.project, Default::default(), &terminal)?;
    let truth = match &args.truth {
        Some(folder) => folder.clone(),
        None => sample.project().folder.join(corelith_evaluation::TRUTH),
    };
    let judgement = corelith_evaluation::judge(&sample, &truth, &terminal)?;
    if global.json {
        print_json(&judgement)?;
    } else {
        print(&(judgement.lines().join("\n") + "\n"))?;
    }
    let checks = judgement.checks();
    let missed = checks.iter().filter(|check| !check.passed).count();
    if missed > 0 {
        return Err(CheckFailed(format!("{missed} of {} goals missed", checks.len())).into());
    }
    Ok(())
}
