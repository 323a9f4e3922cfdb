use std::path::PathBuf;

use corelith_core::words;

words! {
    /// The network that tells from the CT where touching particles meet; a text in files.
    #[derive(Debug, Clone, PartialEq, Eq, Default)]
    pub enum DepthNetwork {
        /// The one that comes with the program, or none where the sections of the maps are parted
        /// clearly better without; without maps the one that comes with the program.
        #[default]
        Auto = "auto",
        /// The one that comes with the program, learned from phantoms.
        Pretrained = "pretrained",
        /// The mask alone tells.
        None = "none",
    }
    /// The folder of a model that `corelith pretrain --task particles` made, relative to the
    /// project file.
    else Folder(PathBuf)
}
