//! What the program says: results on stdout, everything for people on stderr. Neither can end it
//! with a panic: a closed pipe is no failure of the program.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write as _};

use anyhow::Context as _;
use serde::Serialize;

/// Prints a result on stdout.
///
/// # Errors
/// When stdout is full. Where nobody reads it any more, the program ends quietly.
pub fn print(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
        written => written.context("cannot write to stdout"),
    }
}

/// Prints a result, as JSON or as its text.
///
/// # Errors
/// Those of [`print()`].
pub fn print_as(json: bool, result: &(impl Serialize + Display)) -> anyhow::Result<()> {
    if json {
        return print_json(result);
    }
    print(&result.to_string())
}

/// Prints a result as JSON.
///
/// # Errors
/// Those of [`print()`].
pub fn print_json(result: &impl Serialize) -> anyhow::Result<()> {
    print(&(serde_json::to_string_pretty(result)? + "\n"))
}

/// Tells people a line on stderr, if anyone is there.
pub fn tell(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
