use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The network that tells from the CT where touching particles meet; a text in files.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum DepthNetwork {
    /// `auto`: the one that comes with the program, or none where the sections of the maps are parted
    /// clearly better without; without maps the one that comes with the program.
    #[default]
    Auto,
    /// `pretrained`: the one that comes with the program, learned from phantoms.
    Pretrained,
    /// `none`: the mask alone tells.
    None,
    /// Anything else: the folder of a model that `corelith pretrain --task particles` made,
    /// relative to the project file.
    Folder(PathBuf),
}

impl From<String> for DepthNetwork {
    fn from(text: String) -> Self {
        match text.as_str() {
            "auto" => Self::Auto,
            "pretrained" => Self::Pretrained,
            "none" => Self::None,
            _ => Self::Folder(text.into()),
        }
    }
}

impl From<DepthNetwork> for String {
    fn from(network: DepthNetwork) -> Self {
        match network {
            DepthNetwork::Auto => "auto".to_owned(),
            DepthNetwork::Pretrained => "pretrained".to_owned(),
            DepthNetwork::None => "none".to_owned(),
            DepthNetwork::Folder(folder) => folder.display().to_string(),
        }
    }
}
