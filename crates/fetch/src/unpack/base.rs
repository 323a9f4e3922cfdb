use std::collections::BTreeSet;

use corelith_io::{DatasetEntry, folded_name};

use crate::local_path::LocalPath;

/// The folder, below that of the data set, in which the contents of an archive belong.
///
/// Archives are packed at any level: with the folder that they are named after or without it, and
/// with the folders above or without them. The place is the one that brings most files into the
/// folders that the data set is known to have. Where that tells nothing, an archive with one folder
/// at its top keeps it, and any other gets a folder of its own name.
pub(crate) fn base_of(files: &[&LocalPath], stem: &str, dataset: &DatasetEntry) -> String {
    let known: Vec<&str> = dataset
        .folders
        .iter()
        .map(|f| f.path.as_str())
        .chain(dataset.fractions.iter().map(|f| f.folder.as_str()))
        .collect();
    let mut places = BTreeSet::from([String::new()]);
    for path in &known {
        places.extend(path.match_indices('/').map(|(at, _)| path[..at].to_owned()));
    }
    // The name of an archive can be anything; only a good one can be that of a folder.
    let stem = LocalPath::from_untrusted(stem).ok();
    if let Some(stem) = &stem {
        let named: Vec<String> = places
            .iter()
            .map(|place| stem.below(place).as_str().to_owned())
            .collect();
        places.extend(named);
    }
    let known: Vec<String> = known.iter().map(|path| folded_name(path) + "/").collect();
    let fits = |place: &str| {
        files
            .iter()
            .filter(|file| {
                let path = folded_name(file.below(place).as_str());
                known.iter().any(|folder| path.starts_with(folder))
            })
            .count()
    };
    let mut best = (0, String::new());
    for place in places {
        let count = fits(&place);
        if count > best.0 {
            best = (count, place);
        }
    }
    if best.0 > 0 {
        return best.1;
    }
    let mut tops = files
        .iter()
        .map(|file| file.as_str().split_once('/').map(|(top, _)| top));
    let first = tops.next().flatten();
    let one_top = first.is_some() && tops.all(|top| top == first);
    match stem {
        Some(stem) if !one_top => stem.as_str().to_owned(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(stem: &str, files: &[&str]) -> String {
        let manifest = corelith_io::Manifest::built_in().unwrap();
        let dataset = manifest.dataset("lithium-slag").unwrap();
        let files: Vec<_> = files
            .iter()
            .map(|f| LocalPath::from_untrusted(f).unwrap())
            .collect();
        base_of(&files.iter().collect::<Vec<_>>(), stem, dataset)
    }

    #[test]
    fn known_folders_decide_at_whatever_level_the_archive_was_packed() {
        assert_eq!(place("x", &["MLA/Images/a.png", "readme.txt"]), "");
        assert_eq!(
            place("MLA", &["Images/a.png", "Datasources/SPP2315_GXMAP/b"]),
            "MLA"
        );
        assert_eq!(place("x", &["Images/a.png"]), "MLA");
        assert_eq!(place("Images", &["a.png", "b.png"]), "MLA/Images");
        let slices = ["tiff_stitch_63-100\u{3bc}m/s_0.tif"];
        assert_eq!(place("ct", &slices), "SlagCharacterization");
        assert_eq!(
            place("tiff_stitch_100-250um", &["s_0.tif", "s_1.tif"]),
            "SlagCharacterization/tiff_stitch_100-250um"
        );
    }

    #[test]
    fn else_a_single_top_folder_is_kept_and_loose_files_get_one() {
        assert_eq!(place("extra", &["notes/a.txt", "notes/b/c.txt"]), "");
        assert_eq!(place("extra", &["a.txt", "notes/b.txt"]), "extra");
        assert_eq!(place("extra", &["a/b.txt", "c/d.txt"]), "extra");
        assert_eq!(place("aux", &["a.txt"]), "");
    }
}
