//! The files of the chunks of an array.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::array::Array;
use crate::Error;

/// The files that are there.
#[derive(Debug, Default)]
pub(super) struct ChunkFiles {
    /// Their numbers along each axis and their paths, in order.
    pub files: Vec<(Vec<u64>, PathBuf)>,
    /// Their bytes together.
    pub bytes: u64,
}

/// The path of the file of a chunk.
pub(super) fn chunk_path(array: &Array, chunk: &[u64]) -> PathBuf {
    let numbers: Vec<String> = chunk.iter().map(u64::to_string).collect();
    let separator = array.keys.separator.unwrap_or('.');
    let key = numbers.join(&separator.to_string());
    array.folder.join(match array.keys.prefixed {
        true => format!("c{separator}{key}"),
        false => key,
    })
}

/// Lists the files of chunks; `wanted` holds the number of the chunk along an axis of which only
/// one is read. Where the metadata do not say what separates numbers in names, it is found.
///
/// # Errors
/// When a folder cannot be read.
pub(super) fn list(array: &mut Array, wanted: &[Option<u64>]) -> Result<ChunkFiles, Error> {
    let separators = match array.keys.separator {
        Some(separator) => vec![separator],
        // Nested folders were named so before the metadata had a word for it.
        None => vec!['.', '/'],
    };
    let mut found = Vec::new();
    for separator in separators {
        let listing = Listing {
            separator,
            grid: &array.files_along(),
            wanted,
        };
        let start = match array.keys.prefixed && separator == '/' {
            true => array.folder.join("c"),
            false => array.folder.clone(),
        };
        let prefix = match array.keys.prefixed && separator == '.' {
            true => "c.",
            false => "",
        };
        listing.add(&start, prefix, &[], &mut found)?;
        if !found.is_empty() {
            array.keys.separator = Some(separator);
            break;
        }
    }
    found.sort();
    let mut bytes = 0_u64;
    for (_, path) in &found {
        let about = fs::metadata(path).map_err(Error::read(path))?;
        bytes = bytes.saturating_add(about.len());
    }
    Ok(ChunkFiles {
        files: found,
        bytes,
    })
}

struct Listing<'a> {
    separator: char,
    /// Files along each axis.
    grid: &'a [u64],
    wanted: &'a [Option<u64>],
}

impl Listing<'_> {
    /// Adds the chunks of a folder, `above` being the numbers of the folders above.
    fn add(
        &self,
        folder: &Path,
        prefix: &str,
        above: &[u64],
        found: &mut Vec<(Vec<u64>, PathBuf)>,
    ) -> Result<(), Error> {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            // Chunks that were never written have no folder, a file in its place is none of them.
            Err(e)
                if matches!(
                    e.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                return Ok(());
            }
            Err(e) => return Err(Error::read(folder)(e)),
        };
        for entry in entries {
            let entry = entry.map_err(Error::read(folder))?;
            let name = entry.file_name();
            let Some(key) = name.to_str().and_then(|name| name.strip_prefix(prefix)) else {
                continue;
            };
            let mut chunk = above.to_vec();
            let numbers = key.split(self.separator).map(number);
            let Some(numbers) = numbers.collect::<Option<Vec<u64>>>() else {
                continue;
            };
            chunk.extend(numbers);
            if !self.holds(&chunk) {
                continue;
            }
            if chunk.len() == self.grid.len() {
                found.push((chunk, entry.path()));
            } else if self.separator == '/' {
                self.add(&entry.path(), "", &chunk, found)?;
            }
        }
        Ok(())
    }

    /// Whether the numbers are those of a wanted chunk, as far as they go.
    fn holds(&self, chunk: &[u64]) -> bool {
        chunk.len() <= self.grid.len()
            && chunk.iter().enumerate().all(|(axis, &n)| {
                n < self.grid[axis] && self.wanted[axis].is_none_or(|wanted| wanted == n)
            })
    }
}

/// A number as it stands in names of chunks.
fn number(text: &str) -> Option<u64> {
    let is_plain =
        text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|_| is_plain)
}
