//! Figures, rendered particles and the self-contained HTML page.
//!
//! [`build`] turns a [`ReportInput`] into one HTML page and its figures as files. Nothing is
//! read or written here, and nothing is fetched by the page.

mod error;
mod input;

pub use error::ReportError;
pub use input::*;

use corelith_core::Progress;

/// The page and its figures.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The page, self-contained.
    pub html: String,
    /// Figures: path relative to the page, and contents.
    pub files: Vec<(String, Vec<u8>)>,
}

/// Builds the page.
///
/// # Errors
/// When values do not fit the mineral list, when a picture cannot be encoded, or when cancelled.
pub fn build(input: &ReportInput, progress: &dyn Progress) -> Result<Report, ReportError> {
    progress.check()?;
    Ok(Report {
        html: format!("<!doctype html><title>{}</title>", input.sample),
        files: Vec::new(),
    })
}
