//! The commands on single files, outside of any project.

use std::path::Path;

use corelith_core::Progress as _;
use corelith_gpu::Compute;
use corelith_io::VolumeOptions;
use corelith_pipeline::single_file::{Label, Separate, VolumeFile};
use corelith_stats::imaging::components::{Connectivity, Values};
use serde_json::json;

use crate::args::{ConnectivityArg, Global, LabelArgs, PartArgs, SeparateArgs};
use crate::memory::spill_beside;
use crate::output::print_json;
use crate::progress::Terminal;

/// Labels the connected components of a volume.
pub fn label(global: &Global, args: &LabelArgs) -> anyhow::Result<()> {
    let terminal = Terminal::new(global.quiet);
    spill_beside(&args.output);
    let label = Label {
        input: volume_file(&args.input, &args.part),
        output: args.output.clone(),
        connectivity: match args.connectivity {
            ConnectivityArg::Six => Connectivity::Six,
            ConnectivityArg::Eighteen => Connectivity::Eighteen,
            ConnectivityArg::TwentySix => Connectivity::TwentySix,
        },
        values: if args.multi {
            Values::Multi
        } else {
            Values::Binary
        },
        statistics: args.statistics.clone(),
    };
    let count = label.run(&Compute::select(global.device)?, &terminal)?;
    terminal.finish();
    if global.json {
        return print_json(&json!({ "components": count }));
    }
    terminal.say(&format!("{count} components in {}", args.output.display()));
    Ok(())
}

/// Separates the touching particles of a mask.
pub fn separate(global: &Global, args: &SeparateArgs) -> anyhow::Result<()> {
    let terminal = Terminal::new(global.quiet);
    spill_beside(&args.output);
    let separate = Separate {
        mask: volume_file(&args.mask, &args.part),
        output: args.output.clone(),
    };
    let count = separate.run(&Compute::select(global.device)?, &terminal)?;
    terminal.finish();
    if global.json {
        return print_json(&json!({ "particles": count }));
    }
    terminal.say(&format!("{count} particles in {}", args.output.display()));
    Ok(())
}

fn volume_file(path: &Path, part: &PartArgs) -> VolumeFile {
    VolumeFile {
        path: path.to_owned(),
        options: VolumeOptions {
            channel: part.channel,
            dataset: part.dataset.clone(),
            ..VolumeOptions::default()
        },
    }
}
