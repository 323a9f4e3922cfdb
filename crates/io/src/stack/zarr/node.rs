//! The metadata of a folder: a Zarr array, or a group of arrays.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::Error;
use crate::regular_file::read_regular_file;

/// Metadata are larger than this only by damage.
const METADATA_BYTES_MAX: u64 = 64 << 20;

/// Metadata files of Zarr 3 and 2.
const NAMES: [&str; 4] = ["zarr.json", ".zarray", ".zgroup", ".zattrs"];

/// Fields of JSON metadata.
pub(super) type Fields = Map<String, Value>;

/// What a folder is.
#[derive(Debug)]
pub(super) struct Node {
    pub folder: PathBuf,
    /// Its metadata files, that of the array first.
    pub files: Vec<PathBuf>,
    /// Fields of the array; `None` for a group.
    pub array: Option<ArrayFields>,
    /// What other programs and conventions say of it, OME-Zarr among them.
    pub attributes: Fields,
}

/// The fields of an array, in either version of Zarr.
#[derive(Debug)]
pub(super) enum ArrayFields {
    V2(Fields),
    V3(Fields),
}

/// Whether a folder holds Zarr metadata, whatever its name says.
pub(crate) fn is_zarr(folder: &Path) -> bool {
    NAMES.iter().any(|name| folder.join(name).is_file())
}

fn fields_of(path: &Path) -> Result<Fields, Error> {
    let bytes = read_regular_file(path, METADATA_BYTES_MAX, "Zarr metadata")?;
    let wrong = |problem: String| Error::Volume {
        path: path.to_owned(),
        problem,
    };
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(wrong(
            "its metadata are no JSON object; copy or export the Zarr again".to_owned(),
        )),
        Err(e) => Err(wrong(format!(
            "its metadata are no JSON (line {}, column {}); copy or export the Zarr again",
            e.line(),
            e.column()
        ))),
    }
}

/// Reads the metadata of a folder.
///
/// # Errors
/// When there are none, or they cannot be read.
pub(super) fn node(folder: &Path) -> Result<Node, Error> {
    let [v3, array, group, attributes] = NAMES.map(|name| folder.join(name));
    let folder = folder.to_owned();
    if v3.is_file() {
        let mut fields = fields_of(&v3)?;
        let attributes = match fields.remove("attributes") {
            Some(Value::Object(attributes)) => attributes,
            _ => Fields::new(),
        };
        let array = match fields.get("node_type").and_then(Value::as_str) {
            Some("array") => Some(ArrayFields::V3(fields)),
            Some("group") => None,
            _ => {
                return Err(Error::Volume {
                    path: v3,
                    problem: "its metadata give no `node_type` of Zarr 3, expected `array` or \
                              `group`; copy or export it again"
                        .to_owned(),
                });
            }
        };
        return Ok(Node {
            folder,
            files: vec![v3],
            array,
            attributes,
        });
    }
    let mut files = Vec::new();
    let fields = match array.is_file() {
        true => {
            files.push(array.clone());
            Some(ArrayFields::V2(fields_of(&array)?))
        }
        false => {
            if group.is_file() {
                files.push(group);
            }
            None
        }
    };
    let said = match attributes.is_file() {
        true => {
            files.push(attributes.clone());
            fields_of(&attributes)?
        }
        false => Fields::new(),
    };
    match files.is_empty() {
        false => Ok(Node {
            folder,
            files,
            array: fields,
            attributes: said,
        }),
        true => Err(Error::Volume {
            path: folder,
            problem: "it holds no metadata of Zarr (zarr.json, .zarray or .zgroup); copy or \
                      export it again"
                .to_owned(),
        }),
    }
}
