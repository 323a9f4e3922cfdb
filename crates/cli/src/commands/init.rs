use corelith_pipeline::InitOptions;

use crate::args::{Global, InitArgs};
use crate::failure::CheckFailed;
use crate::output::print_as;
use crate::progress::Terminal;

/// Writes a project file of what a folder holds.
pub fn init(global: &Global, args: &InitArgs) -> anyhow::Result<()> {
    let terminal = Terminal::new(global.quiet);
    let options = InitOptions {
        file: args.project.clone(),
        ct: args.ct.clone(),
        force: args.force,
    };
    let made = corelith_pipeline::init(&args.folder, &options, &terminal)?;
    print_as(global.json, &made)?;
    let left_open = "what the files do not tell is marked FILL IN, CHOOSE or MEND in the file";
    match made.gaps.len() {
        0 => Ok(()),
        1 => Err(CheckFailed(format!("1 thing is left to do: {left_open}")).into()),
        n => Err(CheckFailed(format!("{n} things are left to do: {left_open}")).into()),
    }
}
