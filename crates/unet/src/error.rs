use corelith_core::{Cancelled, OutOfRange};
use corelith_gpu::{GpuError, MayBeShort, Shortage};

/// What can go wrong when a network is trained or applied.
#[derive(Debug, thiserror::Error)]
pub enum UnetError {
    /// Stopped on request.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The GPU failed.
    #[error(transparent)]
    Gpu(#[from] GpuError),
    /// Burn could not take over the GPU.
    #[error("Burn does not run on {adapter}: {message}. Try `--device cpu`")]
    Device {
        /// Name of the adapter.
        adapter: String,
        /// What Burn said.
        message: String,
    },
    /// A setting out of its range.
    #[error("network {0}")]
    Setting(#[from] OutOfRange),
    /// Nothing to learn from.
    #[error("no labelled volume was given: there is nothing to learn from")]
    NoVolumes,
    /// Labels that do not belong to their volume.
    #[error("labels of shape {found:?} for a volume of {expected:?} voxels (z, y, x)")]
    LabelShape {
        /// Shape of the volume.
        expected: [usize; 3],
        /// Shape of its labels.
        found: [usize; 3],
    },
    /// A label without a class.
    #[error("a voxel is labelled {found}, where there are {classes} classes, counted from 0")]
    LabelClass {
        /// The label.
        found: u8,
        /// Number of classes.
        classes: usize,
    },
    /// A model of another architecture to start from.
    #[error(
        "the model to start from has (width, levels) of {found:?}, the training settings ask \
         for {expected:?}: change `width` and `levels`, or start from random weights"
    )]
    Architecture {
        /// Width and levels of the settings.
        expected: [usize; 2],
        /// Width and levels of the model.
        found: [usize; 2],
    },
    /// No map pixel lies in the volume.
    #[error(
        "no pixel of the training maps ({maps}) lies inside the CT volume of {shape:?} voxels \
         (z, y, x): there is nothing to learn from. Look at the registration of these maps"
    )]
    NoLabels {
        /// Names of the maps.
        maps: String,
        /// Shape of the CT volume.
        shape: [usize; 3],
    },
    /// A class that the mineral list does not have.
    #[error(
        "the map {map} holds class {found} at column {col}, row {row}, but there are {classes} \
         classes (0 to {})", classes - 1
    )]
    Class {
        /// Name of the map.
        map: String,
        /// The class.
        found: u8,
        /// Column of the pixel.
        col: usize,
        /// Row of the pixel.
        row: usize,
        /// Number of classes.
        classes: usize,
    },
    /// Coordinates and classes of different size.
    #[error(
        "the map {map} has {rows} x {cols} pixels, but its coordinates have {found_rows} x \
         {found_cols}"
    )]
    Coordinates {
        /// Name of the map.
        map: String,
        /// Rows of the map.
        rows: usize,
        /// Columns of the map.
        cols: usize,
        /// Rows of the coordinates.
        found_rows: usize,
        /// Columns of the coordinates.
        found_cols: usize,
    },
    /// A volume without contrast.
    #[error(
        "all voxels of the CT volume lie between grey values {low} and {high}: no particle can \
         be told from the resin. Look at the CT slices"
    )]
    NoContrast {
        /// Lowest grey value.
        low: u16,
        /// Highest grey value.
        high: u16,
    },
    /// Weights that do not fit.
    #[error("the weights are not those of this network: {problem}. Train the model anew")]
    Weights {
        /// What does not fit.
        problem: String,
    },
    /// A model card that cannot be read.
    #[error("the model card cannot be read: {0}. Train the model anew")]
    Card(#[from] serde_json::Error),
    /// The state of a training run could not be kept.
    #[error(
        "the training was stopped, and its state could not be saved: {source}. It will start anew"
    )]
    Checkpoint {
        /// What kept it from being saved.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The training went astray.
    #[error(
        "the loss is no number at step {step}: the learning rate {learning_rate} is too high for \
         these data"
    )]
    Diverged {
        /// Step.
        step: usize,
        /// Learning rate of that step.
        learning_rate: f64,
    },
    /// A volume and a mask, or a result, of different shape.
    #[error(transparent)]
    Shape(#[from] corelith_core::ShapeError),
}

impl MayBeShort for UnetError {
    fn shortage(&self) -> Option<Shortage> {
        match self {
            Self::Gpu(error) => error.shortage(),
            _ => None,
        }
    }
}
