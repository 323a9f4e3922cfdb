//! Archives, whose names and sizes are not trusted.
//!
//! Entries are written to a staging folder under numbers of their own, so that no name of an
//! archive reaches the file system before the whole archive was read and found good.

mod base;
mod stage;
mod tar;
mod zip;

use std::path::Path;

use corelith_core::Progress;

use crate::FetchError;

pub(crate) use base::base_of;
pub(crate) use stage::Contents;
use stage::Stage;

/// Bytes that an archive of any size may unpack to.
const FREE_BYTES: u64 = 4 << 30;

/// How many times its own size an archive may unpack to. CT slices hardly reach 3, label volumes
/// 100; Deflate ends at 1032.
const RATIO: u64 = 100;

/// Kinds of archives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Zip,
    Tar,
    TarGz,
}

impl Kind {
    /// The kind that a name says, with the length of its ending.
    fn named(name: &str) -> Option<(Self, usize)> {
        let lower = name.to_ascii_lowercase();
        [
            (".zip", Self::Zip),
            (".tar.gz", Self::TarGz),
            (".tgz", Self::TarGz),
            (".tar", Self::Tar),
        ]
        .into_iter()
        .find(|(ending, _)| lower.len() > ending.len() && lower.ends_with(ending))
        .map(|(ending, kind)| (kind, ending.len()))
    }

    /// The kind of an archive, by its name.
    pub(crate) fn of(name: &str) -> Option<Self> {
        Self::named(name).map(|(kind, _)| kind)
    }

    /// The last part of a name without the ending.
    pub(crate) fn stem(name: &str) -> &str {
        let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
        Self::named(last).map_or(last, |(_, ending)| &last[..last.len() - ending])
    }
}

/// Unpacks an archive of the given name to the staging folder.
///
/// # Errors
/// [`FetchError::Archive`], [`FetchError::Entry`] and [`FetchError::TooLarge`] for what is refused,
/// [`FetchError::Write`], cancellation.
pub(crate) fn unpack(
    (name, archive): (&str, &Path),
    kind: Kind,
    staging: &Path,
    limit_bytes: Option<u64>,
    progress: &dyn Progress,
) -> Result<Contents, FetchError> {
    let bytes = std::fs::metadata(archive)
        .map_err(FetchError::read(archive))?
        .len();
    let limit = limit_bytes.unwrap_or_else(|| FREE_BYTES.max(bytes.saturating_mul(RATIO)));
    let stage = Stage::new(name, bytes, staging, limit, progress);
    match kind {
        Kind::Zip => zip::unpack(archive, stage),
        Kind::Tar => tar::unpack(archive, false, stage),
        Kind::TarGz => tar::unpack(archive, true, stage),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_are_told_by_their_endings() {
        assert_eq!(Kind::of("MLA.zip"), Some(Kind::Zip));
        assert_eq!(Kind::of("a/b.TAR.GZ"), Some(Kind::TarGz));
        assert_eq!(Kind::of("b.tgz"), Some(Kind::TarGz));
        assert_eq!(Kind::of("b.tar"), Some(Kind::Tar));
        assert_eq!(Kind::of("volume.nii.gz"), None);
        assert_eq!(Kind::of(".zip"), None);
        assert_eq!(Kind::stem("a/MLA.tar.gz"), "MLA");
        assert_eq!(Kind::stem("readme.txt"), "readme.txt");
    }
}
