//! Paths of a project file, as people of several systems write them.

use std::path::{Component, Path, PathBuf};

/// A path of the project file from its folder on. A path of Windows with back slashes is
/// understood everywhere, unless a file of just that name is there; and where nothing is there, the
/// one file whose name differs in the case of its letters only, as Windows and macOS find it.
pub fn project_path(folder: &Path, path: &Path) -> PathBuf {
    // `join` keeps an absolute path as it is; `components` drops a leading `./`.
    let as_written = folder.join(path.components().collect::<PathBuf>());
    if as_written.exists() {
        return as_written;
    }
    let with_slashes = match path.to_str() {
        Some(text) if cfg!(not(windows)) && text.contains('\\') => {
            let slashes = PathBuf::from(text.replace('\\', "/"));
            folder.join(slashes.components().collect::<PathBuf>())
        }
        _ => as_written,
    };
    in_other_case(&with_slashes).unwrap_or(with_slashes)
}

/// A sentence where a path names a file in another case of its letters.
pub(crate) fn note_of_case(folder: &Path, path: &Path) -> Option<String> {
    let found = project_path(folder, path);
    let name = |path: &Path| path.to_string_lossy().replace('\\', "/");
    let written = PathBuf::from(name(path));
    let parts = written
        .components()
        .filter(|part| *part != Component::CurDir);
    let plain: PathBuf = parts.collect();
    (found.exists() && !found.ends_with(&plain)).then(|| {
        format!(
            "{} differs from {} in the case of its letters and is taken for it; write it alike, as \
             some systems tell both apart",
            name(path),
            found.display()
        )
    })
}

/// The only path of that name in another case. Parts with wildcards stay as they are.
fn in_other_case(path: &Path) -> Option<PathBuf> {
    let mut found = PathBuf::new();
    let mut parts = path.components();
    let mut changed = false;
    while let Some(part) = parts.next() {
        let next = found.join(part);
        let Component::Normal(name) = part else {
            found = next;
            continue;
        };
        let name = name.to_str()?;
        if name.contains(['*', '?', '[']) {
            found = next.join(parts.as_path());
            break;
        }
        if next.exists() {
            found = next;
            continue;
        }
        let folder = match found.as_os_str().is_empty() {
            true => Path::new("."),
            false => &found,
        };
        let wanted = name.to_lowercase();
        let mut alike = std::fs::read_dir(folder).ok()?.flatten().filter(|entry| {
            let name = entry.file_name();
            name.to_str()
                .is_some_and(|name| name.to_lowercase() == wanted)
        });
        let (one, None) = (alike.next()?, alike.next()) else {
            return None;
        };
        found.push(one.file_name());
        changed = true;
    }
    changed.then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_in_another_case_where_it_is_the_only_one() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir(root.join("sem")).unwrap();
        std::fs::write(root.join("sem/map_0.png"), b"").unwrap();
        let wanted = Path::new("SEM/Map_0.PNG");
        let found = project_path(root, wanted);
        // A file system that does not tell cases apart finds it as it is.
        if !root.join("SEM").exists() {
            assert_eq!(found, root.join("sem/map_0.png"));
            let note = note_of_case(root, wanted).unwrap();
            assert!(note.contains("SEM/Map_0.PNG"), "{note}");
            assert_eq!(project_path(root, Path::new("SEM\\MAP_0.png")), found);
            let pattern = project_path(root, Path::new("Sem/map_*.png"));
            assert_eq!(pattern, root.join("sem/map_*.png"));
            // Of two, neither.
            std::fs::write(root.join("sem/MAP_0.png"), b"").unwrap();
            assert_eq!(project_path(root, wanted), root.join(wanted));
        }
        assert_eq!(note_of_case(root, Path::new("./sem/map_0.png")), None);
        assert_eq!(note_of_case(root, Path::new("sem\\map_0.png")), None);
        assert_eq!(note_of_case(root, Path::new("sem/gone.png")), None);
    }
}
