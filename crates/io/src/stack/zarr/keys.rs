use serde_json::Value;
use zarrs::metadata::v3::MetadataV3;

use crate::text::shown;

/// How the files of chunks are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Keys {
    /// Whether names begin with `c`.
    pub prefixed: bool,
    /// `/` or `.`; `None` where the metadata do not say.
    pub separator: Option<char>,
}

impl Keys {
    /// Those of Zarr 2, by what it says of the separator.
    pub(super) fn of_v2(stated: Option<&Value>) -> Self {
        Self {
            prefixed: false,
            separator: separator(stated),
        }
    }

    /// Those of Zarr 3.
    ///
    /// # Errors
    /// In words.
    pub(super) fn of_v3(encoding: &MetadataV3) -> Result<Self, String> {
        let stated = encoding.configuration().and_then(|c| c.get("separator"));
        match encoding.name() {
            "default" => Ok(Self {
                prefixed: true,
                separator: separator(stated).or(Some('/')),
            }),
            "v2" => Ok(Self {
                prefixed: false,
                separator: separator(stated).or(Some('.')),
            }),
            other => Err(format!(
                "its names of chunks are encoded by `{}`, which is not read; save it with `default`",
                shown(other)
            )),
        }
    }
}

fn separator(value: Option<&Value>) -> Option<char> {
    let text = value.and_then(Value::as_str)?;
    text.chars().next()
}
