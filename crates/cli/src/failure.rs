//! How the program ends when something is wrong: `error:`, its causes, `help:`, exit 1 or 2.

use std::process::ExitCode;

/// A check said no: the program worked, the answer is negative. Exit status 1.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct CheckFailed(pub String);

/// Prints the error with its causes, then what to do about it.
///
/// A library's message may end in a line `help: ...`; those lines come last, whichever cause
/// they belong to.
pub fn report(error: &anyhow::Error) -> ExitCode {
    let mut helps = Vec::new();
    for (depth, cause) in error.chain().enumerate() {
        let text = cause.to_string();
        let mut lines = Vec::new();
        for line in text.lines() {
            match line.strip_prefix("help: ") {
                Some(help) => helps.push(help.to_owned()),
                None => lines.push(line),
            }
        }
        let text = lines.join("\n  ");
        if depth == 0 {
            eprintln!("error: {text}");
        } else {
            eprintln!("  because: {text}");
        }
    }
    for help in helps {
        eprintln!("help: {help}");
    }
    if error.chain().any(|cause| cause.is::<CheckFailed>()) {
        ExitCode::from(1)
    } else {
        ExitCode::from(2)
    }
}
