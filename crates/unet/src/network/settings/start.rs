use std::path::PathBuf;

use corelith_core::words;

words! {
    /// Weights that a training begins with; a text in files.
    #[derive(Debug, Clone, PartialEq, Eq, Default)]
    pub enum Start {
        /// Those that come with the program or random ones, whichever do better on the blocks that
        /// are held out.
        #[default]
        Auto = "auto",
        /// Those that come with the program, learned from phantoms.
        Pretrained = "pretrained",
        /// Random ones.
        Random = "random",
    }
    /// The folder of a model, relative to the project file.
    else Folder(PathBuf)
}
