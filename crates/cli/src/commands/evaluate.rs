//! How good the methods are: studies over phantoms, and results held against their truth.

use corelith_evaluation::study::{
    Study, any_ore::any_ore, coverage::coverage, regions::regions, registration::registration,
    separation::separation,
};
use corelith_gpu::Compute;

use super::stage::open;
use crate::args::{EvaluateCommand, EvaluateResultsArgs, Global};
use crate::failure::CheckFailed;
use crate::output::{print, print_as, print_json};
use crate::progress::Terminal;

/// Seed of the studies when none is given.
const SEED: u64 = 1;

/// `corelith evaluate`.
pub fn evaluate(global: &Global, command: &EvaluateCommand) -> anyhow::Result<()> {
    match command {
        EvaluateCommand::Study(of) => study(global, of),
        EvaluateCommand::Results(args) => results(global, args),
    }
}

fn study(global: &Global, study: &Study) -> anyhow::Result<()> {
    let (json, seed) = (global.json, global.seed.unwrap_or(SEED));
    let terminal = &Terminal::new(global.quiet);
    let compute = || Compute::select(global.device);
    match study {
        Study::Registration(plan) => {
            print_as(json, &registration(plan, seed, &compute()?, terminal)?)
        }
        Study::Coverage(plan) => {
            print_as(json, &coverage(plan, global.seed.unwrap_or(0), terminal)?)
        }
        Study::Separation(plan) => print_as(json, &separation(plan, seed, &compute()?, terminal)?),
        Study::Regions(plan) => print_as(json, &regions(plan, seed, &compute()?, terminal)?),
        Study::AnyOre(plan) => print_as(json, &any_ore(plan, seed, global.device, terminal)?),
    }
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
