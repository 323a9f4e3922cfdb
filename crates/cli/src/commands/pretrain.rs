mod task;

use corelith_core::{Progress, seed_of};
use corelith_gpu::Compute;
use corelith_phantom::{phantom, randomised};
use corelith_unet::{LabelledVolume, PretrainingInput, Settings, Start};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use crate::args::{Global, PretrainArgs, TaskArg};
use crate::progress::Terminal;
use crate::stages::model_folder::{Checkpoint, read_model, write_model};

/// One phantom is watched for each so many that are learned from.
const LEARNED_FOR_WATCHED: usize = 10;

/// Trains a network on phantoms.
pub fn pretrain(global: &Global, args: &PretrainArgs) -> anyhow::Result<()> {
    anyhow::ensure!(args.phantoms > 0, "--phantoms 0: at least one is needed");
    anyhow::ensure!(args.steps > 0, "--steps 0: at least one is needed");
    let terminal = Terminal::new(global.quiet);
    let compute = Compute::select(global.device)?;
    let seed = global.seed.unwrap_or(0);
    let watched = args.phantoms.div_ceil(LEARNED_FOR_WATCHED);
    terminal.say(&format!("{} phantoms", args.phantoms + watched));
    let volumes = (0..args.phantoms + watched)
        .map(|i| labelled_phantom(args.task, seed, i, &terminal))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let (watched, learned) = volumes.split_at(watched);

    let from = args.from.clone().map_or(Start::Random, Start::from);
    let start = match &from {
        Start::Random => None,
        Start::Auto | Start::Pretrained => Some(args.task.pretrained()?),
        Start::Folder(folder) => Some(read_model(folder)?),
    };
    let mut settings = Settings {
        start: from,
        // Phantoms hold every class, so that nothing of the start need be kept by force.
        start_share: Some(0.0),
        steps: args.steps,
        ..Settings::default()
    };
    args.task.adapt(&mut settings);
    let classes = args.task.classes()?;
    let checkpoint = Checkpoint::of(&args.output);
    let mut trained = corelith_unet::pretrain(
        &PretrainingInput {
            volumes: learned,
            watched,
            classes: &classes,
            start: start.as_ref(),
        },
        &settings,
        &compute,
        seed_of(seed, "pretrain"),
        Some(&checkpoint),
        &terminal,
    )?;
    for warning in &trained.warnings {
        terminal.say(&format!("warning: {warning}"));
    }
    trained.model.made_by(command(args, seed));
    write_model(&args.output, &trained)?;
    checkpoint.remove();
    let card = trained.model.card();
    if global.json {
        println!("{}", serde_json::to_string_pretty(card)?);
    }
    for (name, dice) in classes.names.iter().zip(&card.held_out_dice) {
        if let Some(dice) = dice {
            terminal.say(&format!("  {name}: Dice {dice:.3} on phantoms kept out"));
        }
    }
    terminal.say(&format!("model in {}", args.output.display()));
    Ok(())
}

/// The command, without the names of folders.
fn command(args: &PretrainArgs, seed: u64) -> String {
    let from = match args.from.as_deref() {
        None => "",
        Some("pretrained") => " --from pretrained",
        Some(_) => " --from MODEL",
    };
    let task = match args.task {
        TaskArg::Phases => "",
        TaskArg::Particles => " --task particles",
    };
    format!(
        "corelith pretrain{task} --phantoms {} --steps {} --seed {seed}{from}",
        args.phantoms, args.steps
    )
}

/// The `i`-th phantom: everything is drawn around what the task is to know.
fn labelled_phantom(
    task: TaskArg,
    seed: u64,
    i: usize,
    progress: &dyn Progress,
) -> anyhow::Result<LabelledVolume> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed_of(seed, &format!("phantom look {i}")));
    let settings = randomised(&task.base(i), &mut rng);
    let made = phantom(&settings, seed_of(seed, &format!("phantom {i}")), progress)?;
    task.labelled(made, progress)
}
