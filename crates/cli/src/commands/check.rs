use crate::args::{Global, ProjectArgs};
use crate::failure::CheckFailed;
use crate::memory::spill_beside;
use crate::output::print_as;
use crate::progress::Terminal;

/// Folder of the page, beside the project file, unless `--out` names another.
const FOLDER: &str = "check";

/// Lists everything that is wrong with a project's inputs.
pub fn check(global: &Global, args: &ProjectArgs) -> anyhow::Result<()> {
    let terminal = Terminal::new(global.quiet);
    spill_beside(&args.project);
    let folder = match &global.out {
        Some(out) => out.clone(),
        None => args.project.with_file_name(FOLDER),
    };
    let found = corelith_pipeline::check(&args.project, &folder, &terminal)?;
    print_as(global.json, &found)?;
    match found.problems.len() {
        0 => Ok(()),
        1 => Err(CheckFailed("1 problem must be mended first".to_owned()).into()),
        n => Err(CheckFailed(format!("{n} problems must be mended first")).into()),
    }
}
