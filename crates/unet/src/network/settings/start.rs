use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Weights that a training begins with; a text in files.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Start {
    /// `auto`: those that come with the program or random ones, whichever do better on the blocks
    /// that are held out.
    #[default]
    Auto,
    /// `pretrained`: those that come with the program, learned from phantoms.
    Pretrained,
    /// `random`.
    Random,
    /// Anything else: the folder of a model.
    Folder(PathBuf),
}

impl From<String> for Start {
    fn from(text: String) -> Self {
        match text.as_str() {
            "auto" => Self::Auto,
            "pretrained" => Self::Pretrained,
            "random" => Self::Random,
            _ => Self::Folder(text.into()),
        }
    }
}

impl From<Start> for String {
    fn from(start: Start) -> Self {
        match start {
            Start::Auto => "auto".to_owned(),
            Start::Pretrained => "pretrained".to_owned(),
            Start::Random => "random".to_owned(),
            Start::Folder(folder) => folder.display().to_string(),
        }
    }
}
