use std::path::Path;

use corelith_core::Progress as _;
use corelith_evaluation::write_scene;
use corelith_phantom::{PhantomSettings, Scene};

use crate::args::{FractionArg, Global, PackingArg, PhantomArgs};
use crate::output::print_json;
use crate::progress::Terminal;

/// Makes a phantom with exact truth, as a user's data.
pub fn phantom(global: &Global, args: &PhantomArgs) -> anyhow::Result<()> {
    let terminal = Terminal::new(global.quiet);
    let scene = Scene::new(&settings(args), global.seed.unwrap_or(0), &terminal)?;
    let fraction_um = match args.fraction {
        FractionArg::Fine => "63-100",
        FractionArg::Coarse => "100-250",
    };
    let name = name_of(&args.output);
    let (project, particles) = write_scene(&args.output, &name, fraction_um, &scene, &terminal)?;
    if global.json {
        return print_json(&serde_json::json!({ "project": project, "particles": particles }));
    }
    terminal.say(&format!("{particles} particles; {}", project.display()));
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
