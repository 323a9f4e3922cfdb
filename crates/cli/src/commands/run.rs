use crate::args::{Global, ProjectArgs};
use crate::session::Session;
use crate::stages;

/// Every stage in order, then the closing summary.
pub fn run(global: &Global, args: &ProjectArgs) -> anyhow::Result<()> {
    let session = Session::open(global, &args.project)?;
    stages::through_measure(&session)?;
    stages::bring_up_to_date(&session, &stages::report::Report)?;
    super::summary::print(&session)
}
