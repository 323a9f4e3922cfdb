//! What describes voxels without a header: a text file of the program that wrote them, beside them,
//! or the name of the file.

use std::fs;
use std::path::Path;

use crate::regular_file::read_regular_file;
use crate::{ByteOrder, RawLayout, RawType, VolumeOptions, VolumeSource, text};

/// A description is at most so large.
const BYTES_MAX: u64 = 4 << 20;

/// How voxels lie, and what says so.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Described {
    pub layout: RawLayout,
    pub from: String,
}

impl Described {
    /// As in a project file.
    pub(super) fn in_toml(&self) -> String {
        let [x, y, z] = self.layout.shape;
        let kind = format!("{:?}", self.layout.voxel).to_lowercase();
        let order = match self.layout.byte_order {
            ByteOrder::Little => "",
            ByteOrder::Big => ", byte_order = \"big\"",
        };
        let offset = match self.layout.offset {
            0 => String::new(),
            n => format!(", offset = {n}"),
        };
        format!("raw = {{ shape = [{x}, {y}, {z}], type = \"{kind}\"{order}{offset} }}")
    }
}

/// Columns, rows and slices that a description states, and bytes before the first voxel.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Stated {
    shape: [usize; 3],
    is_float: Option<bool>,
    offset: u64,
}

/// Key and value of each line that has both.
fn pairs(text: &str) -> impl Iterator<Item = (String, &str)> {
    text.lines()
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.trim().to_lowercase(), value.trim()))
}

fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    pairs(text).find(|(k, _)| k == key).map(|(_, value)| value)
}

/// By the keys of an X-Tek or datos|x file.
fn by_keys(text: &str, keys: [&str; 3]) -> Option<Stated> {
    let number = |key: &str| value(text, key)?.parse().ok();
    Some(Stated {
        shape: [number(keys[0])?, number(keys[1])?, number(keys[2])?],
        is_float: None,
        offset: 0,
    })
}

/// Of a VGStudio file, which describes the volume and the file that it is in.
fn of_vgi(text: &str) -> Option<Stated> {
    let sizes: Vec<usize> = value(text, "size")?
        .split_whitespace()
        .map_while(|n| n.parse().ok())
        .collect();
    let shape = sizes.try_into().ok()?;
    Some(Stated {
        shape,
        is_float: value(text, "datatype").map(|kind| kind.to_lowercase().contains("float")),
        offset: value(text, "skipheader")
            .and_then(|n| n.parse().ok())
            .unwrap_or(0),
    })
}

/// Three numbers with `x` between them, as in `stack_100x90x24_16bit`.
fn of_name(stem: &str) -> Option<Stated> {
    let lower = stem.to_lowercase();
    let shape = lower
        .split(|c: char| !(c.is_ascii_digit() || c == 'x'))
        .find_map(|part| {
            let numbers: Option<Vec<usize>> = part.split('x').map(|n| n.parse().ok()).collect();
            numbers?.try_into().ok()
        })?;
    Some(Stated {
        shape,
        is_float: lower.contains("float").then_some(true),
        offset: 0,
    })
}

/// What describes the file of voxels at `path`, if something does and the voxels bear it out.
pub(super) fn described(path: &Path) -> Option<Described> {
    let bytes = fs::metadata(path).ok()?.len();
    let stem = path.file_stem()?.to_string_lossy().into_owned();
    let mut found = Vec::new();
    for ending in ["vgi", "xtekct", "pcr"] {
        let Some((name, text)) = beside(path, &stem, ending) else {
            continue;
        };
        let stated = match ending {
            "vgi" => of_vgi(&text),
            "xtekct" => by_keys(&text, ["voxelsx", "voxelsy", "voxelsz"]),
            _ => by_keys(&text, ["volume_sizex", "volume_sizey", "volume_sizez"]),
        };
        found.extend(stated.map(|stated| (name, stated)));
    }
    found.extend(of_name(&stem).map(|stated| ("its name".to_owned(), stated)));
    found.into_iter().find_map(|(from, stated)| {
        let layout = layout(path, bytes, stated)?;
        Some(Described { layout, from })
    })
}

/// Name and text of the file beside `path` with that ending, of the same name, or the only one.
fn beside(path: &Path, stem: &str, ending: &str) -> Option<(String, String)> {
    let folder = path.parent()?;
    let mut files: Vec<_> = fs::read_dir(folder)
        .ok()?
        .flatten()
        .map(|entry| entry.path())
        .filter(|file| {
            let own = file.extension().unwrap_or_default().to_string_lossy();
            own.eq_ignore_ascii_case(ending)
        })
        .collect();
    files.sort();
    let same = files.iter().find(|file| {
        file.file_stem()
            .is_some_and(|s| s.to_string_lossy() == stem)
    });
    let file = match (same, &*files) {
        (Some(file), _) | (None, [file]) => file,
        _ => return None,
    };
    let bytes = read_regular_file(file, BYTES_MAX, "a description of voxels").ok()?;
    let text = text::decode(&bytes)?.text;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    Some((name.into_owned(), text))
}

/// The type that the size of the file leaves, in the order of bytes that the voxels bear out.
fn layout(path: &Path, bytes: u64, stated: Stated) -> Option<RawLayout> {
    let voxels = stated
        .shape
        .iter()
        .try_fold(1u64, |n, &m| n.checked_mul(m as u64))?;
    let rest = bytes.checked_sub(stated.offset)?;
    if voxels == 0 || !rest.is_multiple_of(voxels) {
        return None;
    }
    let voxel = match (rest / voxels, stated.is_float) {
        (1, _) => RawType::Uint8,
        (2, Some(true)) => RawType::Float16,
        (2, _) => RawType::Uint16,
        (4, Some(false)) => RawType::Uint32,
        (4, _) => RawType::Float32,
        _ => return None,
    };
    [ByteOrder::Little, ByteOrder::Big]
        .map(|byte_order| RawLayout {
            shape: stated.shape,
            voxel,
            byte_order,
            offset: stated.offset,
        })
        .into_iter()
        .find(|layout| {
            let options = VolumeOptions {
                raw: Some(*layout),
                ..VolumeOptions::default()
            };
            VolumeSource::open_with(path, &options).is_ok()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blobs in 40 x 30 x 20 voxels of 16 bits.
    fn voxels(big_endian: bool) -> Vec<u8> {
        let value = |i: usize| {
            let (x, y, z) = (i % 40, i / 40 % 30, i / 1200);
            let near = (x as f64 / 7.0).sin() + (y as f64 / 6.0).sin() + (z as f64 / 5.0).sin();
            (3000.0 + 900.0 * near) as u16 + (i * 7919 % 13) as u16
        };
        let bytes = |v: u16| match big_endian {
            true => v.to_be_bytes(),
            false => v.to_le_bytes(),
        };
        (0..40 * 30 * 20).flat_map(|i| bytes(value(i))).collect()
    }

    #[test]
    fn descriptions_of_other_programs_are_understood() {
        for (name, text) in [
            (
                "ct.vgi",
                "{volume1}\n[representation]\nsize = 40 30 20\ndatatype = unsigned integer\n",
            ),
            (
                "ct.xtekct",
                "[XTekCT]\nVoxelsX=40\nVoxelsY=30\nVoxelsZ=20\n",
            ),
            (
                "other.PCR",
                "[VolumeData]\nVolume_SizeX=40\nVolume_SizeY=30\nVolume_SizeZ=20\n",
            ),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("ct.vol");
            fs::write(&path, voxels(false)).unwrap();
            assert_eq!(described(&path), None);
            fs::write(folder.path().join(name), text).unwrap();
            let found = described(&path).unwrap_or_else(|| panic!("{name}"));
            assert_eq!(found.from, name);
            assert_eq!(
                found.in_toml(),
                "raw = { shape = [40, 30, 20], type = \"uint16\" }"
            );
        }
    }

    #[test]
    fn names_say_sizes_and_voxels_the_order_of_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stack_40x30x20_16bit.raw");
        fs::write(&path, voxels(true)).unwrap();
        let found = described(&path).unwrap();
        assert_eq!(found.layout.byte_order, ByteOrder::Big);
        assert_eq!(found.layout.shape, [40, 30, 20]);
        // Of another size, and of another number of bytes.
        let other = folder.path().join("stack_41x30x20.raw");
        fs::write(&other, voxels(true)).unwrap();
        assert_eq!(described(&other), None);
    }
}
