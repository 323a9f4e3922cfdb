//! The commands that do one stage, after bringing the stages before it up to date.

use corelith_unet::Start;

use crate::args::{Global, ProjectArgs, RegisterArgs, ReportArgs, SegmentArgs, TrainArgs};
use crate::session::Session;
use crate::stages::{self, bring_up_to_date};

/// `corelith import`.
pub fn import(global: &Global, args: &ProjectArgs) -> anyhow::Result<()> {
    let session = Session::open(global, &args.project)?;
    bring_up_to_date(&session, &stages::import::Import)
}

/// `corelith register`.
pub fn register(global: &Global, args: &RegisterArgs) -> anyhow::Result<()> {
    let mut session = Session::open(global, &args.project)?;
    if let Some(name) = &args.map
        && (args.start.is_some() || args.region.is_some())
    {
        let map = session.project.map_mut(name)?;
        map.start = args.start.clone();
        map.region_vox = args.region;
    }
    bring_up_to_date(&session, &stages::import::Import)?;
    stages::register::all(&session, args.map.as_deref())
}

/// `corelith train`.
pub fn train(global: &Global, args: &TrainArgs) -> anyhow::Result<()> {
    let mut session = Session::open(global, &args.project)?;
    if let Some(minutes) = args.minutes {
        session.project.training.minutes = minutes;
        session.project.training.check()?;
    }
    if let Some(folder) = &args.from {
        session.project.training.start = Start::Folder(std::path::absolute(folder)?);
    }
    stages::through_training(&session)
}

/// `corelith segment`.
pub fn segment(global: &Global, args: &SegmentArgs) -> anyhow::Result<()> {
    let session = Session::open(global, &args.project)?;
    stages::through_segmentation(&session, args.model.as_deref())
}

/// `corelith measure`.
pub fn measure(global: &Global, args: &ProjectArgs) -> anyhow::Result<()> {
    let session = Session::open(global, &args.project)?;
    stages::through_measure(&session)
}

/// `corelith report`: the page of one sample, or the comparison of several.
pub fn report(global: &Global, args: &ReportArgs) -> anyhow::Result<()> {
    let [project] = &args.projects[..] else {
        return super::comparison::compare(global, &args.projects);
    };
    let session = Session::open(global, project)?;
    stages::through_measure(&session)?;
    bring_up_to_date(&session, &stages::report::Report)
}
