//! Links from an HDF5 file to arrays of others, which the crate passes over without a word.
//! HDF5 File Format Specification 3.0, IV.A.2.g, the Link Message.

use std::io::Read;
use std::path::Path;

use crate::Error;
use crate::regular_file::open_regular_file;

/// Bytes of a file that are looked through: links stand with the groups, in front of what large
/// arrays hold.
const SEARCHED_BYTES: u64 = 4 << 20;

/// Type of a link to another file.
const EXTERNAL: u8 = 64;

/// A link to an array or group of another file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ExternalLink {
    /// Its own name, without those of the groups above it.
    pub name: String,
    pub file: String,
    /// Path in that file.
    pub target: String,
}

/// Links to other files, each once, in the order of their names.
pub(super) fn external_links(path: &Path) -> Result<Vec<ExternalLink>, Error> {
    let mut bytes = Vec::new();
    open_regular_file(path)?
        .take(SEARCHED_BYTES)
        .read_to_end(&mut bytes)
        .map_err(Error::read(path))?;
    let mut links: Vec<ExternalLink> = (0..bytes.len())
        .filter(|&at| bytes[at] == 1)
        .filter_map(|at| link_at(&bytes[at..]))
        .collect();
    links.sort_by(|a, b| (&a.name, &a.file, &a.target).cmp(&(&b.name, &b.file, &b.target)));
    links.dedup();
    Ok(links)
}

/// The link message at the beginning of some bytes.
fn link_at(bytes: &[u8]) -> Option<ExternalLink> {
    // Version 1; bit 3 of the flags: a type is given.
    let &[1, flags, EXTERNAL, ..] = bytes else {
        return None;
    };
    if flags & 0b0000_1000 == 0 || flags & 0b1110_0000 != 0 {
        return None;
    }
    let creation_order = if flags & 0b100 != 0 { 8 } else { 0 };
    let character_set = usize::from(flags & 0b1_0000 != 0);
    let mut rest = bytes.get(3 + creation_order + character_set..)?;
    let mut taken = |n: usize| -> Option<&[u8]> {
        let (first, after) = rest.split_at_checked(n)?;
        rest = after;
        Some(first)
    };
    let little = |bytes: &[u8]| {
        bytes
            .iter()
            .rev()
            .fold(0usize, |n, &b| n << 8 | usize::from(b))
    };
    let length = little(taken(1 << (flags & 0b11))?);
    let name = text(taken(Some(length).filter(|n| (1..1024).contains(n))?)?)?;
    let length = little(taken(2)?);
    // Version and flags, then two names that end with a zero.
    let (&first, names) = taken(length)?.split_first()?;
    let names = names.strip_suffix(&[0])?;
    let mut names = names.split(|&b| b == 0);
    let (file, target) = (text(names.next()?)?, text(names.next()?)?);
    (first == 0 && names.next().is_none()).then_some(ExternalLink { name, file, target })
}

fn text(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    (!text.is_empty() && !text.contains(char::is_control)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_among_other_bytes() {
        let mut bytes = vec![1, 0b0001_1000, 64, 1, 4];
        bytes.extend(b"data");
        bytes.extend([16, 0, 0]);
        bytes.extend(b"target.h5\0/vol\0");
        let wanted = ExternalLink {
            name: "data".to_owned(),
            file: "target.h5".to_owned(),
            target: "/vol".to_owned(),
        };
        assert_eq!(link_at(&bytes), Some(wanted.clone()));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.h5");
        let all = [&[1, 1, 64, 1][..], &bytes, &bytes, &[1, 8, 64]].concat();
        std::fs::write(&path, all).unwrap();
        assert_eq!(external_links(&path).unwrap(), [wanted]);
        // A soft link, and one that is cut.
        bytes[2] = 1;
        assert_eq!(link_at(&bytes), None);
        bytes[2] = 64;
        assert_eq!(link_at(&bytes[..bytes.len() - 1]), None);
    }
}
