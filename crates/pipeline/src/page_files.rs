use std::path::{Path, PathBuf};

use corelith_report::Report;

use crate::Error;

/// Writes a page with its figures and tables into a folder, the page last, so that its links lead
/// to files. Returns what was written beside the page, relative to the folder.
///
/// # Errors
/// When a file cannot be written.
pub fn write_page(folder: &Path, name: &str, page: &Report) -> Result<Vec<PathBuf>, Error> {
    let mut written = Vec::with_capacity(page.files.len() + page.tables.len());
    for (path, contents) in &page.files {
        corelith_io::write_bytes(&folder.join(path), contents)?;
        written.push(path.into());
    }
    for (path, table) in &page.tables {
        corelith_io::write_csv(&folder.join(path), table)?;
        written.push(path.into());
    }
    corelith_io::write_bytes(&folder.join(name), page.html.as_bytes())?;
    Ok(written)
}
