use std::fmt::Write as _;

use crate::args::{Global, ProjectArgs};
use crate::failure::CheckFailed;
use crate::output::{print, print_json};
use crate::progress::Terminal;

/// Folder of the page, beside the project file, unless `--out` names another.
const FOLDER: &str = "check";

/// Lists everything that is wrong with a project's inputs.
pub fn check(global: &Global, args: &ProjectArgs) -> anyhow::Result<()> {
    let terminal = Terminal::new(global.quiet);
    let folder = match &global.out {
        Some(out) => out.clone(),
        None => args.project.with_file_name(FOLDER),
    };
    let found = corelith_pipeline::check(&args.project, &folder, &terminal)?;
    if global.json {
        print_json(&found)?;
    } else {
        let mut text = String::new();
        for note in &found.notes {
            let _ = writeln!(text, "note: {note}");
        }
        for problem in &found.problems {
            let _ = writeln!(text, "{}: {}", problem.place, problem.problem);
            if let Some(help) = &problem.help {
                let _ = writeln!(text, "  help: {help}");
            }
        }
        if found.problems.is_empty() {
            let _ = writeln!(text, "every input can be read");
        }
        let _ = writeln!(text, "inputs at a glance: {}", found.page.display());
        print(&text)?;
    }
    match found.problems.len() {
        0 => Ok(()),
        1 => Err(CheckFailed("1 problem must be mended first".to_owned()).into()),
        n => Err(CheckFailed(format!("{n} problems must be mended first")).into()),
    }
}
