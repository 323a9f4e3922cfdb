use corelith_core::{Progress, seed_of};
use corelith_gpu::Compute;
use corelith_phantom::{PhantomSettings, phantom, randomised};
use corelith_unet::{LabelledVolume, Settings, Start};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use crate::args::{Global, PretrainArgs};
use crate::progress::Terminal;
use crate::stages::model_folder::{Checkpoint, write_model};
use crate::stages::train::classes_of;

/// Voxels of a phantom `[nz, ny, nx]`: some fifty particles.
const SHAPE_VOX: [usize; 3] = [72, 128, 128];

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
        .map(|i| labelled_phantom(seed, i, &terminal))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let (watched, learned) = volumes.split_at(watched);

    let settings = Settings {
        start: Start::Random,
        steps: args.steps,
        ..Settings::default()
    };
    let classes = classes_of(&PhantomSettings::default().mineral_list()?);
    let checkpoint = Checkpoint::of(&args.output);
    let trained = corelith_unet::pretrain(
        learned,
        watched,
        &classes,
        &settings,
        &compute,
        seed_of(seed, "pretrain"),
        Some(&checkpoint),
        &terminal,
    )?;
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

/// The `i`-th phantom: sizes and packings take turns, everything else is drawn around them.
fn labelled_phantom(
    seed: u64,
    i: usize,
    progress: &dyn Progress,
) -> anyhow::Result<LabelledVolume> {
    let base = match i % 4 {
        0 => PhantomSettings::slag_63_100(),
        1 => PhantomSettings::slag_100_250(),
        2 => PhantomSettings::slag_63_100().touching(),
        _ => PhantomSettings::slag_100_250().touching(),
    };
    let mut rng = ChaCha8Rng::seed_from_u64(seed_of(seed, &format!("phantom look {i}")));
    let mut settings = randomised(&base, &mut rng);
    settings.shape_vox = SHAPE_VOX;
    settings.maps.training = 0;
    settings.maps.validation = 0;
    let made = phantom(&settings, seed_of(seed, &format!("phantom {i}")), progress)?;
    Ok(LabelledVolume {
        ct: made.ct,
        classes: made.phases,
    })
}
