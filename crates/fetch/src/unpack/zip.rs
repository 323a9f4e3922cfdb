use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use zip::ZipArchive;
use zip::read::ZipFile;
use zip::result::ZipError;

use super::stage::{Contents, Stage};
use crate::FetchError;

/// Bits of a Unix mode that say what kind of file it is, and two of those kinds.
const KIND: u32 = 0o170_000;
const FILE: u32 = 0o100_000;
const FOLDER: u32 = 0o040_000;

pub(super) fn unpack(archive: &Path, mut stage: Stage<'_>) -> Result<Contents, FetchError> {
    let file = File::open(archive).map_err(FetchError::read(archive))?;
    let mut zip = ZipArchive::new(BufReader::with_capacity(1 << 17, file))
        .map_err(|e| stage.broken(reason(&e)))?;
    // Every entry is looked at before the first is written.
    if zip.has_duplicate_names() {
        return Err(stage.broken("two entries have the same name"));
    }
    let mut declared = 0_u64;
    let mut wanted = Vec::new();
    for index in 0..zip.len() {
        stage.count()?;
        let entry = zip
            .by_index_raw(index)
            .map_err(|e| stage.broken(format!("entry {}: {}", index + 1, reason(&e))))?;
        let name = name(&entry).map_err(|e| stage.broken(reason(&e)))?;
        if entry.encrypted() {
            return Err(stage.refused(&name, "it is encrypted"));
        }
        let kind = entry.unix_mode().map_or(0, |mode| mode & KIND);
        if !matches!(kind, 0 | FILE | FOLDER) {
            return Err(stage.refused(&name, "it is a link or device, expected a file or folder"));
        }
        if name.ends_with(['/', '\\']) || kind == FOLDER {
            continue;
        }
        declared = declared.saturating_add(entry.size());
        if declared > stage.limit() {
            return Err(stage.too_large(format!("{declared} bytes or more by its own account")));
        }
        if let Some(path) = stage.admit(&name)? {
            wanted.push((index, path));
        }
    }
    if zip
        .has_overlapping_entries()
        .map_err(|e| stage.broken(reason(&e)))?
    {
        return Err(stage.broken("entries overlap, as in a decompression bomb"));
    }
    let step = stage.progress;
    step.start("unpacking", declared);
    stage.counts_written = true;
    for (index, path) in wanted {
        let mut entry = zip
            .by_index(index)
            .map_err(|e| stage.refused(path.as_str(), reason(&e)))?;
        let size = entry.size();
        stage.write(path, size, &mut entry)?;
    }
    step.finish();
    stage.finish()
}

/// The name of an entry. Some programs write UTF-8 without saying so; text in the code page of DOS
/// is hardly ever well-formed UTF-8 by chance.
fn name<R: std::io::Read>(entry: &ZipFile<'_, R>) -> Result<String, ZipError> {
    match std::str::from_utf8(entry.name_raw()) {
        Ok(name) => Ok(name.to_owned()),
        Err(_) => entry.name().map(|name| name.into_owned()),
    }
}

fn reason(error: &ZipError) -> String {
    match error {
        ZipError::CompressionMethodNotSupported(method) => format!(
            "compression method {method} is not read, expected stored (0), Deflate (8) or \
             Deflate64 (9)"
        ),
        other => format!("not a ZIP archive that can be read: {other}"),
    }
}
