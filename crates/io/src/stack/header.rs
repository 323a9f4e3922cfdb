//! The text in front of voxels, and the files it names.

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::Error;
use crate::regular_file::open_regular_file;
use crate::text::shown;

/// A header is longer than this only by damage.
const HEADER_BYTES_MAX: u64 = 1 << 20;

/// The first megabyte of a file.
pub(super) fn head_of(path: &Path) -> Result<Vec<u8>, Error> {
    let mut head = Vec::new();
    open_regular_file(path)?
        .take(HEADER_BYTES_MAX)
        .read_to_end(&mut head)
        .map_err(Error::read(path))?;
    Ok(head)
}

/// A line of a header, and where the next one begins; `None` at the end.
pub(super) fn line_at(head: &[u8], start: usize) -> Option<(String, usize)> {
    let rest = head.get(start..).filter(|rest| !rest.is_empty())?;
    let end = rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
    let line = String::from_utf8_lossy(&rest[..end]);
    Some((line.trim_end_matches('\r').to_owned(), start + end + 1))
}

/// Files of a printf pattern with one number, such as `slice_%03d.raw`.
///
/// # Errors
/// In words, when the pattern is another.
pub(super) fn numbered_files(
    pattern: &str,
    numbers: impl Iterator<Item = i64>,
) -> Result<Vec<String>, String> {
    let wrong = || {
        let pattern = shown(pattern);
        format!("the pattern `{pattern}` of its data files is not understood; save it again")
    };
    let (before, rest) = pattern.split_once('%').ok_or_else(wrong)?;
    let end = rest.find('d').ok_or_else(wrong)?;
    let (form, after) = (&rest[..end], &rest[end + 1..]);
    let width: usize = match form {
        "" => 0,
        digits => digits.parse().map_err(|_| wrong())?,
    };
    if width > 20 {
        return Err(wrong());
    }
    let zeros = form.starts_with('0');
    Ok(numbers
        .map(|n| match zeros {
            true => format!("{before}{n:0width$}{after}"),
            false => format!("{before}{n:width$}{after}"),
        })
        .collect())
}

/// What is wrong with a data file, said of the header that names it.
pub(super) fn of_data_file(header: &Path, error: Error) -> Error {
    let (data, found) = match &error {
        Error::Read { path, reason } => (path, format!("cannot be read ({reason})")),
        Error::NotAFile { path, found } => (path, format!("is {found}")),
        _ => return error,
    };
    if data == header {
        return error;
    }
    let folder = header.parent().unwrap_or(Path::new(""));
    let beside = data.strip_prefix(folder).unwrap_or(data);
    Error::Volume {
        path: header.to_owned(),
        problem: format!(
            "its voxels are in the file {}, which {found}; put that file there, or correct the \
             header",
            shown(&beside.to_string_lossy())
        ),
    }
}

/// Data files beside their header.
pub(super) fn beside(header: &Path, names: &[String]) -> Vec<PathBuf> {
    let folder = header.parent().unwrap_or(Path::new(""));
    names
        .iter()
        .map(|name| folder.join(name.trim().replace('\\', "/")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbered_files_follow_their_pattern() {
        assert_eq!(
            numbered_files("s_%03d.raw", 9..11).unwrap(),
            ["s_009.raw", "s_010.raw"]
        );
        assert_eq!(numbered_files("s%d", 1..2).unwrap(), ["s1"]);
        assert!(numbered_files("s.raw", 1..2).is_err());
        assert!(numbered_files("s%99999d", 1..2).is_err());
    }
}
