//! What a shell and `man` are told of the program.

use anyhow::Context as _;
use clap::CommandFactory as _;

use crate::args::{Cli, CompletionsArgs, ManArgs};
use crate::output::{print, tell};

/// Prints the script that makes a shell complete commands and options.
pub fn completions(args: &CompletionsArgs) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "corelith", &mut script);
    print(&String::from_utf8(script)?)
}

/// Prints the man page, or writes those of all commands into a folder.
pub fn man(args: &ManArgs) -> anyhow::Result<()> {
    let command = Cli::command();
    if let Some(folder) = &args.folder {
        std::fs::create_dir_all(folder)
            .and_then(|()| clap_mangen::generate_to(command, folder))
            .with_context(|| format!("cannot write man pages into {}", folder.display()))?;
        tell(&format!("man pages in {}", folder.display()));
        return Ok(());
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page)?;
    print(&String::from_utf8(page)?)
}
