//! How the program ends when something is wrong: `error:`, its causes, `help:`, exit 1 or 2.

use std::process::ExitCode;

use crate::output::tell;

/// A check said no: the program worked, the answer is negative. Exit status 1.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct CheckFailed(pub String);

/// Something that is wrong with what the user asked for, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Refused {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

fn help(cause: &(dyn std::error::Error + 'static)) -> Option<String> {
    if let Some(refused) = cause.downcast_ref::<Refused>() {
        return Some(refused.help.clone());
    }
    if let Some(error) = cause.downcast_ref::<corelith_pipeline::Error>() {
        return error.help();
    }
    if let Some(error) = cause.downcast_ref::<corelith_fetch::FetchError>() {
        return error.help();
    }
    cause
        .downcast_ref::<corelith_evaluation::Error>()
        .and_then(corelith_evaluation::Error::help)
}

fn is_negative_answer(cause: &(dyn std::error::Error + 'static)) -> bool {
    cause.is::<CheckFailed>()
        || cause
            .downcast_ref::<corelith_pipeline::Error>()
            .is_some_and(corelith_pipeline::Error::is_negative_answer)
}

/// Prints the error with its causes, then what to do about it.
pub fn report(error: &anyhow::Error) -> ExitCode {
    let mut said = String::new();
    for (depth, cause) in error.chain().enumerate() {
        let text = cause.to_string().replace('\n', "\n  ");
        // A transparent error says the same as its cause.
        if text == said {
            continue;
        }
        let lead = if depth == 0 { "error" } else { "  because" };
        tell(&format!("{lead}: {text}"));
        said = text;
    }
    for help in error.chain().filter_map(help).take(1) {
        tell(&format!("help: {help}"));
    }
    if error.chain().any(is_negative_answer) {
        ExitCode::from(1)
    } else {
        ExitCode::from(2)
    }
}
