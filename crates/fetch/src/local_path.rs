use std::collections::HashMap;
use std::path::{Path, PathBuf};

use corelith_io::LOCK_FILE;
use unicode_normalization::UnicodeNormalization as _;

/// Folder for downloads under way, below that of the data set.
pub(crate) const WORK_FOLDER: &str = ".corelith-fetch";

/// Most bytes of one part of a path that common file systems take.
const PART_BYTES: usize = 255;

/// Most bytes of a whole path; Linux takes 4096, with the folder that it lies in.
const PATH_BYTES: usize = 2048;

/// A path below the data set's folder that stays below it on every system.
///
/// The rule is the same on all systems, so that a data set that can be fetched on one can be
/// fetched on all.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LocalPath(String);

impl LocalPath {
    /// Reads a name of the repository or of an archive; `/` and `\` part folders.
    ///
    /// # Errors
    /// What is wrong with the name, to be put behind it.
    pub(crate) fn from_untrusted(name: &str) -> Result<Self, String> {
        if name.starts_with(['/', '\\']) {
            return Err("it is an absolute path".to_owned());
        }
        if name.as_bytes().get(1) == Some(&b':') && name.as_bytes()[0].is_ascii_alphabetic() {
            return Err("it begins with a drive letter".to_owned());
        }
        if name.len() > PATH_BYTES {
            return Err(format!(
                "it has {} bytes, at most {PATH_BYTES} are taken",
                name.len()
            ));
        }
        let mut parts = Vec::new();
        for part in name.split(['/', '\\']) {
            match part {
                "" | "." => {}
                ".." => return Err("it leads out of the folder with `..`".to_owned()),
                part => {
                    check_part(part)?;
                    parts.push(part);
                }
            }
        }
        if parts.is_empty() {
            return Err("it names no file".to_owned());
        }
        Ok(Self(parts.join("/")))
    }

    /// This path below `base`, itself a path without `..`; an empty one stands for the data set's
    /// folder.
    pub(crate) fn below(&self, base: &str) -> Self {
        if base.is_empty() {
            self.clone()
        } else {
            Self(format!("{base}/{}", self.0))
        }
    }

    /// Parts joined by `/`.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The folder that it lies in, and its last part.
    pub(crate) fn split(&self) -> (&str, &str) {
        self.0.rsplit_once('/').unwrap_or(("", &self.0))
    }

    /// The path on this system.
    pub(crate) fn in_folder(&self, root: &Path) -> PathBuf {
        self.0
            .split('/')
            .fold(root.to_owned(), |p, part| p.join(part))
    }
}

impl std::fmt::Display for LocalPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

fn check_part(part: &str) -> Result<(), String> {
    if part.len() > PART_BYTES {
        return Err(format!(
            "a part of it has {} bytes, at most {PART_BYTES} are taken",
            part.len()
        ));
    }
    if let Some(c) = part.chars().find(|c| c.is_control()) {
        return Err(format!("it has the control character U+{:04X}", c as u32));
    }
    if let Some(c) = part.chars().find(|c| "<>:\"|?*".contains(*c)) {
        return Err(format!("`{c}` is not allowed in names on Windows"));
    }
    if part.ends_with(['.', ' ']) {
        return Err("a part of it ends with a dot or a space, which Windows drops".to_owned());
    }
    if is_device(part) {
        return Err(format!("`{part}` is the name of a device on Windows"));
    }
    let folded = collision_key(part);
    if folded == LOCK_FILE || folded == WORK_FOLDER {
        return Err(format!(
            "`{part}` is a name that this program keeps for itself"
        ));
    }
    Ok(())
}

/// Whether Windows takes the name for a device, whatever its extension.
fn is_device(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or(part).trim_end();
    let stem = stem.to_uppercase();
    if ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"].contains(&stem.as_str()) {
        return true;
    }
    // The digits include the superscript ones of Latin-1.
    ["COM", "LPT"].iter().any(|port| {
        stem.strip_prefix(port).is_some_and(|number| {
            let mut digits = number.chars();
            digits
                .next()
                .is_some_and(|d| "0123456789\u{b9}\u{b2}\u{b3}".contains(d))
                && digits.next().is_none()
        })
    })
}

/// Two names with the same key are one file where case or the Unicode normal form does not count,
/// as on macOS and Windows.
pub(crate) fn collision_key(name: &str) -> String {
    name.nfc()
        .collect::<String>()
        .to_lowercase()
        .nfc()
        .collect()
}

/// Names of files and folders, each once however it is written.
#[derive(Debug, Default)]
pub(crate) struct Names {
    taken: HashMap<String, (String, bool)>,
}

impl Names {
    /// Takes the name of a file and of the folders that it lies in.
    ///
    /// # Errors
    /// The file or folder that the name collides with.
    pub(crate) fn take(&mut self, path: &LocalPath) -> Result<(), String> {
        let text = path.as_str();
        let ends = text.match_indices('/').map(|(at, _)| (at, false));
        for (end, is_file) in ends.chain([(text.len(), true)]) {
            let part = &text[..end];
            let key = collision_key(part);
            match self.taken.get(&key) {
                Some((other, other_is_file))
                    if is_file || *other_is_file || other.as_str() != part =>
                {
                    return Err(other.clone());
                }
                Some(_) => {}
                None => {
                    self.taken.insert(key, (part.to_owned(), is_file));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str) -> Result<String, String> {
        LocalPath::from_untrusted(name).map(|p| p.0)
    }

    #[test]
    fn plain_names_of_every_script_stay_as_they_are() {
        for name in [
            "MLA/Mineral Lists/2022_10_04_LiSlag_Cindy/list.csv",
            "tiff_stitch_63-100\u{b5}m/slice 0001.tif",
            "\u{9271}\u{7269}.png",
            "console.txt",
            "com10.txt",
            "nullable",
            "..hidden",
            "a..b",
        ] {
            assert_eq!(read(name).as_deref(), Ok(name));
        }
        assert_eq!(read("./a//b/./c").unwrap(), "a/b/c");
        assert_eq!(read("a\\b.tif").unwrap(), "a/b.tif");
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for (name, problem) in [
            ("../a", ".."),
            ("a/../../b", ".."),
            ("a\\..\\b", ".."),
            ("..", ".."),
            ("/etc/passwd", "absolute"),
            ("\\\\server\\share", "absolute"),
            ("C:\\a", "drive letter"),
            ("c:a", "drive letter"),
            ("a.tif:stream", "`:`"),
            ("a\0b", "U+0000"),
            ("a\u{7f}", "U+007F"),
            ("", "names no file"),
            ("./", "names no file"),
            ("aux", "device"),
            ("x/NUL.tif", "device"),
            ("Com1", "device"),
            ("lpt\u{b2}.txt", "device"),
            ("con .txt", "device"),
            ("a.", "ends with"),
            ("a /b", "ends with"),
            ("corelith-lock.toml", "keeps for itself"),
            ("a/Corelith-Lock.TOML", "keeps for itself"),
            (".corelith-fetch/x", "keeps for itself"),
        ] {
            let error = read(name).expect_err(name);
            assert!(error.contains(problem), "{name:?}: {error}");
        }
        assert!(read(&"a".repeat(256)).is_err());
        assert!(read(&"a/".repeat(2000)).is_err());
    }

    #[test]
    fn names_that_some_systems_take_for_one_collide() {
        let clash = |first: &str, second: &str| {
            let mut names = Names::default();
            names
                .take(&LocalPath::from_untrusted(first).unwrap())
                .unwrap();
            names
                .take(&LocalPath::from_untrusted(second).unwrap())
                .err()
        };
        assert_eq!(clash("a/b.tif", "a/c.tif"), None);
        assert_eq!(clash("a/b.tif", "a/b.tif").as_deref(), Some("a/b.tif"));
        assert_eq!(clash("a/b.tif", "a/B.TIF").as_deref(), Some("a/b.tif"));
        assert_eq!(clash("a/b.tif", "A/c.tif").as_deref(), Some("a"));
        assert_eq!(clash("a", "a/b").as_deref(), Some("a"));
        assert_eq!(clash("a/b", "a").as_deref(), Some("a"));
        // An umlaut composed and decomposed.
        assert!(clash("\u{e4}.tif", "a\u{308}.tif").is_some());
    }
}
