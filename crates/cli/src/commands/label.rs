use anyhow::Context as _;
use corelith_core::Spacing;
use corelith_gpu::Compute;
use corelith_stats::components::{self, Connectivity, Values};

use crate::args::{ConnectivityArg, Global, LabelArgs};
use crate::progress::Terminal;

/// Spacing of volumes that state none: results are then in voxels.
const ONE_VOXEL: Spacing = Spacing {
    x_um: 1.0,
    y_um: 1.0,
    z_um: 1.0,
};

/// Labels the connected components of a volume.
pub fn label(global: &Global, args: &LabelArgs) -> anyhow::Result<()> {
    let terminal = Terminal::new(global.quiet);
    let compute = Compute::select(global.device)?;
    let connectivity = match args.connectivity {
        ConnectivityArg::Six => Connectivity::Six,
        ConnectivityArg::Eighteen => Connectivity::Eighteen,
        ConnectivityArg::TwentySix => Connectivity::TwentySix,
    };
    let values = if args.multi {
        Values::Multi
    } else {
        Values::Binary
    };
    let volume = corelith_io::read_volume::<u32>(&args.input, ONE_VOXEL, &terminal)?;
    let place = || format!("cannot label {}", args.input.display());
    let found = if let Some(path) = &args.statistics {
        let (found, statistics) = components::label_with_statistics_on(
            &compute,
            &volume,
            connectivity,
            values,
            &terminal,
        )
        .with_context(place)?;
        corelith_io::write_csv(path, &components::component_table(&statistics))?;
        found
    } else {
        components::label_on(&compute, &volume, connectivity, values, &terminal)
            .with_context(place)?
    };
    corelith_io::write_volume(&args.output, &found.labels, &terminal)?;
    corelith_core::Progress::finish(&terminal);
    if global.json {
        println!("{}", serde_json::json!({ "components": found.count }));
    } else {
        terminal.say(&format!(
            "{} components in {}",
            found.count,
            args.output.display()
        ));
    }
    Ok(())
}
