use std::path::Path;

use anyhow::Context as _;
use corelith_core::{Progress as _, Spacing, Volume};
use corelith_gpu::Compute;
use corelith_io::{Depth, Error, VolumeOptions, VolumeSource};
use corelith_pipeline::tell_notes;
use corelith_stats::imaging::components::{self, Components, Connectivity, Values, Voxel};

use crate::args::{ConnectivityArg, Global, LabelArgs, PartArgs};
use crate::output::print_json;
use crate::progress::Terminal;

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
    let stack = open_volume(&args.input, &args.part)?;
    let spacing = spacing_of(&stack, &args.input, &terminal);
    let labelling = Labelling {
        compute,
        connectivity,
        values,
        args,
        terminal: &terminal,
    };
    // In as few bytes a voxel as the rules need.
    let found = match (values, stack.depth()) {
        (Values::Binary, _) => labelling.of(stack.read_mask(spacing, &terminal)?)?,
        (Values::Multi, Depth::U8) => labelling.of(stack.read::<u8>(spacing, &terminal)?)?,
        (Values::Multi, Depth::U16) => labelling.of(stack.read::<u16>(spacing, &terminal)?)?,
        (Values::Multi, _) => labelling.of(stack.read::<u32>(spacing, &terminal)?)?,
    };
    tell_notes(&labelling.compute, &terminal);
    corelith_io::write_volume(&args.output, &found.labels, &terminal)?;
    terminal.finish();
    if global.json {
        print_json(&serde_json::json!({ "components": found.count }))?;
    } else {
        terminal.say(&format!(
            "{} components in {}",
            found.count,
            args.output.display()
        ));
    }
    Ok(())
}

/// Opens a volume: one channel of it where it has several, one array of an HDF5 file.
pub fn open_volume(path: &Path, part: &PartArgs) -> Result<VolumeSource, Error> {
    let options = VolumeOptions {
        channel: part.channel,
        dataset: part.dataset.clone(),
        ..VolumeOptions::default()
    };
    VolumeSource::open_with(path, &options)
}

/// The spacing that a volume states, with what else there is to say of it. Where it states none,
/// results are in voxels.
pub fn spacing_of(volume: &VolumeSource, path: &Path, terminal: &Terminal) -> Spacing {
    for note in volume.notes() {
        terminal.say(&note);
    }
    volume.spacing().unwrap_or_else(|| {
        terminal.say(&format!(
            "warning: {} states no voxel size: results are in voxels, written as micrometres of 1",
            path.display()
        ));
        Spacing::isotropic(1.0)
    })
}

/// What is made of the volume.
struct Labelling<'a> {
    compute: Compute,
    connectivity: Connectivity,
    values: Values,
    args: &'a LabelArgs,
    terminal: &'a Terminal,
}

impl Labelling<'_> {
    /// The components, their statistics written where wanted.
    fn of<T: Voxel>(&self, volume: Volume<T>) -> anyhow::Result<Components> {
        let place = || format!("cannot label {}", self.args.input.display());
        let rules = (self.connectivity, self.values);
        let Some(path) = &self.args.statistics else {
            return components::label_on(&self.compute, volume, rules.0, rules.1, self.terminal)
                .with_context(place);
        };
        let (found, statistics) = components::label_with_statistics_on(
            &self.compute,
            volume,
            rules.0,
            rules.1,
            self.terminal,
        )
        .with_context(place)?;
        corelith_io::write_csv(path, &components::component_table(&statistics))?;
        Ok(found)
    }
}
