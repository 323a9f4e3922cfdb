use corelith_core::Progress as _;
use corelith_gpu::Compute;
use corelith_pipeline::pretraining::{Pretraining, Task};
use corelith_unet::Start;

use crate::args::{Global, PretrainArgs, TaskArg};
use crate::output::print_json;
use crate::progress::Terminal;

/// Trains a network on phantoms.
pub fn pretrain(global: &Global, args: &PretrainArgs) -> anyhow::Result<()> {
    let terminal = Terminal::new(global.quiet);
    let pretraining = Pretraining {
        task: match args.task {
            TaskArg::Phases => Task::Phases,
            TaskArg::Particles => Task::Particles,
        },
        phantoms: args.phantoms as usize,
        steps: args.steps as usize,
        from: args.from.clone().map_or(Start::Random, Start::from),
        seed: global.seed.unwrap_or(0),
    };
    let compute = Compute::select(global.device)?;
    let card = pretraining.run(&args.output, &compute, &terminal)?;
    if global.json {
        print_json(&card)?;
    }
    for (name, dice) in card.classes.names.iter().zip(&card.held_out_dice) {
        if let Some(dice) = dice {
            terminal.say(&format!("  {name}: Dice {dice:.3} on phantoms kept out"));
        }
    }
    terminal.say(&format!("model in {}", args.output.display()));
    Ok(())
}
