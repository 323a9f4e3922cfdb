//! What to do about errors, where their cause tells it.

use std::io;

pub(crate) fn voxel_advice(value: &str) -> &'static str {
    match value.parse::<f64>() {
        Ok(v) if v < 0.0 && v.fract() == 0.0 => {
            "of labels, give the negative ones other numbers, such as 0 for what belongs to none; \
             of grey values, add a number to all"
        }
        Ok(v) if v > f64::from(u32::MAX) => {
            "of labels, number them anew from 1 on; of grey values, scale them first"
        }
        _ => "if these are no labels but grey values, round or scale them first",
    }
}

pub(crate) fn read_advice(reason: &io::Error) -> &'static str {
    match reason.kind() {
        io::ErrorKind::NotFound => "; check the path (relative paths start at the project file)",
        io::ErrorKind::PermissionDenied => "; check its permissions",
        _ => "",
    }
}

pub(crate) fn write_advice(reason: &io::Error) -> &'static str {
    match reason.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "; make room there, or choose another folder with `--out`. Earlier results are as they \
             were"
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "; the folder is not writable: change its permissions, or choose another with `--out`"
        }
        io::ErrorKind::NotADirectory
        | io::ErrorKind::AlreadyExists
        | io::ErrorKind::IsADirectory => {
            "; a file or folder of that name is in the way: move it, or choose another folder with \
             `--out`"
        }
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::Error;

    #[test]
    fn a_full_disk_says_what_to_do() {
        let error = Error::write(Path::new("out/phases.tif"))(io::ErrorKind::StorageFull.into());
        let text = error.to_string();
        assert!(text.contains("out/phases.tif"), "{text}");
        assert!(text.contains("make room"), "{text}");
    }

    #[test]
    fn labels_that_do_not_fit_say_what_to_do() {
        for (value, word) in [
            ("-1", "negative ones"),
            ("4294967296", "anew from 1"),
            ("0.25", "round or scale"),
        ] {
            let error = Error::Voxel {
                path: "labels.tif".into(),
                slice: 3,
                col: 1,
                row: 2,
                value: value.to_owned(),
                expected: "a whole number from 0 to 4294967295",
            };
            assert!(error.to_string().contains(word), "{error}");
        }
    }
}
