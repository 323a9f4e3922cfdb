//! The commands that do one stage, after bringing the stages before it up to date.

use std::path::{Path, PathBuf};

use corelith_core::Progress as _;
use corelith_pipeline::stage::part::Parted;
use corelith_pipeline::stage::report::PAGE;
use corelith_pipeline::{Asked, AskedPlace, Options, Sample, SamplePart};
use serde_json::json;

use super::summary;
use crate::args::{
    Global, MeasureArgs, ProjectArgs, RegisterArgs, ReportArgs, SegmentArgs, TrainArgs,
};
use crate::memory::spill_into;
use crate::output::print_json;
use crate::progress::Terminal;

/// Folder of a comparison unless `--out` names another.
const COMPARISON: &str = "comparison";

/// Opens a project as the options say, with what this command asks for beside them.
pub fn open(
    global: &Global,
    project: &Path,
    asked: Asked,
    terminal: &Terminal,
) -> anyhow::Result<Sample> {
    open_as(project, &options(global, asked), terminal)
}

fn open_as(project: &Path, options: &Options, terminal: &Terminal) -> anyhow::Result<Sample> {
    let sample = Sample::open(project, options, terminal)?;
    spill_into(sample.out());
    Ok(sample)
}

fn options(global: &Global, asked: Asked) -> Options {
    Options {
        out: global.out.clone(),
        device: global.device,
        asked: Asked {
            seed: global.seed,
            ..asked
        },
        forget: global.forget,
        only_suitable: false,
    }
}

/// A path that stays the same whatever folder a later command runs in.
fn absolute(path: Option<&PathBuf>) -> anyhow::Result<Option<PathBuf>> {
    Ok(path.map(std::path::absolute).transpose()?)
}

/// `corelith import`.
pub fn import(global: &Global, args: &ProjectArgs) -> anyhow::Result<()> {
    let terminal = Terminal::new(global.quiet);
    let sample = open(global, &args.project, Asked::default(), &terminal)?;
    let imported = sample.import(&terminal)?;
    if global.json {
        let maps = imported.maps.iter();
        let maps = maps.map(|map| json!({ "name": map.name, "classes": map.classes.path() }));
        print_json(&json!({
            "ct": imported.ct.path(),
            "voxel_um": imported.ct.spacing(),
            "maps": maps.collect::<Vec<_>>(),
        }))?;
    }
    Ok(())
}

/// `corelith register`.
pub fn register(global: &Global, args: &RegisterArgs) -> anyhow::Result<()> {
    let terminal = Terminal::new(global.quiet);
    let mut asked = Asked::default();
    if let Some(name) = &args.map {
        let start = absolute(args.start.as_ref())?.map(AskedPlace::Start);
        let place = start.or(args.region.map(AskedPlace::Region));
        asked
            .places
            .extend(place.map(|place| (name.clone(), place)));
    }
    let sample = open(global, &args.project, asked, &terminal)?;
    let placed = sample.register(args.map.as_deref(), &terminal)?;
    if global.json {
        let mut maps = serde_json::Map::new();
        for map in placed {
            let registration = serde_json::to_value(map.read_registration()?)?;
            maps.insert(map.map.name, registration);
        }
        print_json(&maps)?;
    }
    Ok(())
}

/// `corelith train`.
pub fn train(global: &Global, args: &TrainArgs) -> anyhow::Result<()> {
    let terminal = Terminal::new(global.quiet);
    let asked = Asked {
        minutes: args.minutes,
        from: absolute(args.from.as_ref())?,
        ..Asked::default()
    };
    let sample = open(global, &args.project, asked, &terminal)?;
    let model = sample.train(&terminal)?;
    if global.json {
        print_json(model.read()?.card())?;
    }
    Ok(())
}

/// `corelith segment`.
pub fn segment(global: &Global, args: &SegmentArgs) -> anyhow::Result<()> {
    let terminal = Terminal::new(global.quiet);
    let asked = Asked {
        model: absolute(args.model.as_ref())?,
        ..Asked::default()
    };
    let options = Options {
        only_suitable: args.only_suitable,
        ..options(global, asked)
    };
    if let Some(part) = args.part {
        let part = (Parted::Segmentation, part);
        let sample = SamplePart::open(&args.project, &options, part, &terminal)?;
        spill_into(sample.out());
        let seen = sample.see(&terminal)?;
        if global.json {
            print_json(&json!({
                "phases": seen.as_ref().map(|(seen, _)| seen.phases.path()),
                "suitability": seen.as_ref().map(|(_, suitability)| suitability),
            }))?;
        }
        return Ok(());
    }
    let sample = open_as(&args.project, &options, &terminal)?;
    let (segmented, suitability) = sample.segment(&terminal)?;
    if global.json {
        print_json(&json!({
            "phases": segmented.phases.path(),
            "particles": segmented.particles.path(),
            "suitability": suitability,
        }))?;
    }
    Ok(())
}

/// `corelith measure`.
pub fn measure(global: &Global, args: &MeasureArgs) -> anyhow::Result<()> {
    let terminal = Terminal::new(global.quiet);
    if let Some(part) = args.part {
        let options = options(global, Asked::default());
        let part = (Parted::Measurement, part);
        let sample = SamplePart::open(&args.project, &options, part, &terminal)?;
        spill_into(sample.out());
        let sums = sample.add_up(&terminal)?;
        if global.json {
            print_json(&json!({ "sums": sums.map(|sums| sums.content().path().to_owned()) }))?;
        }
        return Ok(());
    }
    let sample = open(global, &args.project, Asked::default(), &terminal)?;
    let measured = sample.measure(&terminal)?;
    if global.json {
        print_json(&measured.tables())?;
    }
    Ok(())
}

/// `corelith report`: the page of one sample, or the comparison of several.
pub fn report(global: &Global, args: &ReportArgs) -> anyhow::Result<()> {
    let terminal = Terminal::new(global.quiet);
    let [project] = &args.projects[..] else {
        let out = global.out.clone().unwrap_or_else(|| COMPARISON.into());
        let page = corelith_pipeline::compare(&args.projects, &out)?;
        if global.json {
            return print_json(&json!({ "report": page }));
        }
        terminal.say(&format!("comparison: {}", page.display()));
        return Ok(());
    };
    let sample = open(global, project, Asked::default(), &terminal)?;
    let summary = sample.report(&terminal)?;
    if global.json {
        return print_json(&summary);
    }
    terminal.say(&format!("report: {}", sample.out().join(PAGE).display()));
    Ok(())
}

/// `corelith run`: every stage in order, then the closing summary.
pub fn run(global: &Global, args: &ProjectArgs) -> anyhow::Result<()> {
    let terminal = Terminal::new(global.quiet);
    let sample = open(global, &args.project, Asked::default(), &terminal)?;
    let found = sample.report(&terminal)?;
    summary::show(global, &sample, &found, &terminal)
}
