use std::path::{Path, PathBuf};

use corelith_core::Progress;
use corelith_io::{Dataset, DatasetMap, Role};
use corelith_phantom::{MapRole, Phantom, PhantomSettings};

use crate::args::{FractionArg, Global, PackingArg, PhantomArgs};
use crate::progress::Terminal;

/// Folder of the truth, beside the project file.
pub const TRUTH: &str = "truth";
/// True class of every voxel, in that folder.
pub const TRUTH_PHASES: &str = "phases.tif";
/// True particle of every voxel, in that folder.
pub const TRUTH_PARTICLES: &str = "particles.tif";

/// True position of every pixel of a map, in the folder of the truth.
pub fn truth_coordinates(map: &str) -> String {
    format!("{map}_coords.tif")
}

/// Makes a phantom with exact truth, as a user's data.
pub fn phantom(global: &Global, args: &PhantomArgs) -> anyhow::Result<()> {
    let terminal = Terminal::new(global.quiet);
    let settings = settings(args);
    let made = corelith_phantom::phantom(&settings, global.seed.unwrap_or(0), &terminal)?;
    let fraction_um = match args.fraction {
        FractionArg::Fine => "63-100",
        FractionArg::Coarse => "100-250",
    };
    let project = write(
        &args.output,
        &name_of(&args.output),
        fraction_um,
        &made,
        &terminal,
    )?;
    let particles = made.particles.data().iter().max().copied().unwrap_or(0);
    if global.json {
        println!(
            "{}",
            serde_json::json!({ "project": project, "particles": particles })
        );
    } else {
        terminal.say(&format!("{particles} particles; {}", project.display()));
    }
    Ok(())
}

fn settings(args: &PhantomArgs) -> PhantomSettings {
    let mut settings = match args.fraction {
        FractionArg::Fine => PhantomSettings::slag_63_100(),
        FractionArg::Coarse => PhantomSettings::slag_100_250(),
    };
    settings = match args.packing {
        PackingArg::Loose => settings,
        PackingArg::Touching => settings.touching(),
        PackingArg::Dense => settings.dense(),
    };
    if let Some(width) = args.width {
        let width = width as usize;
        settings.shape_vox = [5 * width / 8, width, width];
    }
    settings.maps.mirrored = 0.5;
    settings.maps.tilt_max_deg = 10.0;
    settings.ct.noise = args.noise.unwrap_or(settings.ct.noise);
    settings.maps.pixel_um = args.pixel_um.unwrap_or(settings.maps.pixel_um);
    settings
}

fn name_of(folder: &Path) -> String {
    folder
        .file_name()
        .map_or_else(|| "phantom".into(), |n| n.to_string_lossy().into_owned())
}

/// Writes the phantom as a user's data, and the truth in the formats of the results. Returns the
/// project file.
pub fn write(
    folder: &Path,
    name: &str,
    fraction_um: &str,
    made: &Phantom,
    progress: &dyn Progress,
) -> anyhow::Result<PathBuf> {
    let truth = folder.join(TRUTH);
    corelith_io::write_volume(&truth.join(TRUTH_PHASES), &made.phases, progress)?;
    corelith_io::write_volume(&truth.join(TRUTH_PARTICLES), &made.particles, progress)?;
    let mut maps = Vec::with_capacity(made.maps.len());
    for (i, map) in made.maps.iter().enumerate() {
        corelith_io::write_map_coordinates(
            &truth.join(truth_coordinates(&format!("map_{i}"))),
            map.coords_vox.each_ref(),
            made.pixel_size_um,
        )?;
        maps.push(DatasetMap {
            classes: map.classes.clone(),
            bse: map.bse.clone(),
            role: match map.role {
                MapRole::Training => Role::Training,
                MapRole::Validation => Role::Validation,
            },
        });
    }
    let dataset = Dataset {
        name: name.to_owned(),
        fraction_um: fraction_um.to_owned(),
        ct: made.ct.clone(),
        maps,
        minerals: made.minerals.clone(),
        pixel_size_um: made.pixel_size_um,
    };
    Ok(corelith_io::write_dataset(folder, &dataset, progress)?)
}
