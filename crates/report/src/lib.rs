//! Figures, rendered particles and the self-contained HTML page.
//!
//! [`build`] turns a [`ReportInput`] into one HTML page and its figures as files. Nothing is
//! read or written here, and nothing is fetched by the page.

mod chart;
mod check;
mod comparison;
mod contact_sheet;
mod error;
mod figures;
mod input;
mod model;
mod page;
mod palette;
mod picture;
mod table;

pub use chart::training_curve;
pub use comparison::{Comparison, SampleDifference, SampleResult, compare};
pub use contact_sheet::{ContactSheet, MapView, contact_sheet};
pub use error::ReportError;
pub use input::*;

use corelith_core::{Progress, Table};

/// The page, its figures and its tables.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The page, self-contained.
    pub html: String,
    /// Figures: path relative to the page, and contents.
    pub files: Vec<(String, Vec<u8>)>,
    /// Tables: path relative to the page (CSV), and contents.
    pub tables: Vec<(String, Table)>,
}

/// Builds the page.
///
/// Every picture is part of the page, and a file beside it in full size; every chart is part of
/// the page as SVG, and a file beside it. Every table comes as data, too, to be written as CSV.
///
/// # Errors
/// When values do not fit the mineral list, when a picture cannot be encoded, or when cancelled.
pub fn build(input: &ReportInput, progress: &dyn Progress) -> Result<Report, ReportError> {
    check::check(input)?;
    let mut figures = figures::Figures::default();
    let html = page::page(input, &mut figures, progress)?;
    Ok(figures.into_report(html))
}
