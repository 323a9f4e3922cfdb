use std::path::PathBuf;

use corelith_core::Cancelled;
use corelith_stats::imaging::components::ComponentsError;
use corelith_stats::imaging::{separation, weak_regions};
use corelith_stats::{liberation, measure, stereology};

/// Why a stage could not be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or a section of the project.
    #[error(transparent)]
    File(#[from] corelith_io::Error),
    /// The wanted device.
    #[error(transparent)]
    Device(#[from] corelith_gpu::GpuError),
    /// Placing a map.
    #[error(transparent)]
    Registration(#[from] corelith_registration::RegistrationError),
    /// Training, or applying a network.
    #[error(transparent)]
    Network(#[from] corelith_unet::UnetError),
    /// Making a phantom.
    #[error(transparent)]
    Phantom(#[from] corelith_phantom::PhantomError),
    /// Separating particles.
    #[error(transparent)]
    Separation(#[from] separation::SeparationError),
    /// Telling the sections of a map apart.
    #[error(transparent)]
    Components(#[from] ComponentsError),
    /// Labelling the components of a file.
    #[error("cannot label {}", path.display())]
    Label {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        reason: Box<ComponentsError>,
    },
    /// Reassigning weak regions of minerals.
    #[error(transparent)]
    WeakRegions(#[from] weak_regions::WeakRegionsError),
    /// Measuring particles.
    #[error(transparent)]
    Measure(#[from] measure::MeasureError),
    /// Cutting sections.
    #[error(transparent)]
    Stereology(#[from] stereology::StereologyError),
    /// Counting liberation.
    #[error(transparent)]
    Liberation(#[from] liberation::LiberationError),
    /// Measuring the whole sample.
    #[error(transparent)]
    Analysis(#[from] liberation::AnalysisError),
    /// Making the page.
    #[error(transparent)]
    Report(#[from] corelith_report::ReportError),
    /// Sizes that do not fit.
    #[error(transparent)]
    Shape(#[from] corelith_core::ShapeError),
    /// The user asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// A value that cannot be written as JSON.
    #[error("cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A value that cannot be written as TOML.
    #[error("cannot be written as TOML: {0}")]
    Toml(#[from] toml::ser::Error),
    /// Another run works on the same results.
    #[error("another run is at work on the results in {folder}")]
    InUse {
        /// Folder of the results.
        folder: PathBuf,
    },
    /// A stage to be done first, which others who are at work on the same results depend on.
    #[error("`{stage}` is not up to date, and other parts may be at work on the same results")]
    NotUpToDate {
        /// The stage.
        stage: String,
    },
    /// More parts than a volume can be cut into.
    #[error("{slices} slices cannot be cut into {parts} parts, at most into {most}")]
    TooManyParts {
        /// Parts that were asked for.
        parts: usize,
        /// Slices of the volume.
        slices: usize,
        /// Most parts that it can be cut into.
        most: usize,
    },
    /// A result that a stage should have written.
    #[error("the stage `{stage}` has not written {path}")]
    NoResult {
        /// The stage.
        stage: String,
        /// The file, relative to the results.
        path: PathBuf,
    },
    /// Maps that lie nowhere in the volume.
    #[error("{} of {looked_at} maps not found in the CT volume\n{}", lost.len(), lost.join("\n"))]
    MapsNotFound {
        /// Every map that was not found, and why.
        lost: Vec<String>,
        /// Maps that were searched for.
        looked_at: usize,
    },
    /// A map that the project does not have.
    #[error("no map is named `{name}`; there are {}", known.join(", "))]
    NoMap {
        /// The wanted name.
        name: String,
        /// Names in the project.
        known: Vec<String>,
    },
    /// A target that is no solid mineral.
    #[error("target = \"{target}\" is no solid mineral of the list; there are {}", known.join(", "))]
    NoTarget {
        /// The wanted name.
        target: String,
        /// The solid minerals.
        known: Vec<String>,
    },
    /// A disk that will be full.
    #[error(
        "the disk of {} has {} MB free, and what is to be written takes about {} MB",
        folder.display(), free_bytes / 1_000_000, needed_bytes / 1_000_000
    )]
    NoRoom {
        /// Folder of the results.
        folder: PathBuf,
        /// Free bytes.
        free_bytes: u64,
        /// Bytes that are needed.
        needed_bytes: u64,
    },
    /// A sample to compare that has no results.
    #[error("{} is not measured yet: {} is not there", input.display(), path.display())]
    NotMeasured {
        /// The project file or folder.
        input: PathBuf,
        /// The file that is missing.
        path: PathBuf,
    },
    /// A sample to compare whose results cannot be read.
    #[error("the results of {} cannot be used{}: {reason}", input.display(), written_by(other_version.as_deref()))]
    Unreadable {
        /// The project file or folder.
        input: PathBuf,
        /// The version of the program that wrote them, where it is another.
        other_version: Option<String>,
        /// What is wrong with which file.
        reason: Box<corelith_io::Error>,
    },
    /// A sample to compare that lacks the mineral.
    #[error(
        "{} has no mineral {mineral}, which the first sample is about; it has {}",
        input.display(), known.join(", ")
    )]
    NoMineral {
        /// The project file or folder.
        input: PathBuf,
        /// The mineral.
        mineral: String,
        /// Minerals that it has.
        known: Vec<String>,
    },
    /// A model that tells other minerals apart.
    #[error(
        "the model {} tells apart {}, the mineral list has {}",
        folder.display(), knows.join(", "), wanted.join(", ")
    )]
    OtherMinerals {
        /// The model's folder.
        folder: PathBuf,
        /// Classes of the model.
        knows: Vec<String>,
        /// Rows of the mineral list.
        wanted: Vec<String>,
    },
    /// A model that does not suit the scan, where none is to be segmented then.
    #[error("the model {} does not suit this scan: {}", folder.display(), differs.join("; "))]
    Unsuitable {
        /// The model's folder.
        folder: PathBuf,
        /// In what the scan differs from those that the model was trained on.
        differs: Vec<String>,
    },
    /// A model that does not tell how deep a voxel lies in its particle.
    #[error("the model tells apart {}, not the depths of particles", knows.join(", "))]
    NoParticleNetwork {
        /// Classes of the model.
        knows: Vec<String>,
    },
    /// A model that tells how deep a voxel lies in its particle, in place of its mineral.
    #[error("the model tells apart depths of particles, not minerals")]
    NoPhaseNetwork,
    /// A project file that is there already.
    #[error("{} is there already; it was left as it is", path.display())]
    ProjectExists {
        /// The project file.
        path: PathBuf,
    },
    /// A name of a project file that leads elsewhere.
    #[error("`{name}` is no name of a file in the folder that is looked at")]
    ProjectName {
        /// The wanted name.
        name: String,
    },
    /// A folder without anything that a project is made of.
    #[error(
        "no CT and no mineral map was found in {} and the folders below it, among {files} files{}",
        folder.display(), listed(notes)
    )]
    NoSample {
        /// The folder.
        folder: PathBuf,
        /// Files that were looked at.
        files: usize,
        /// What was seen instead.
        notes: Vec<String>,
    },
    /// A file that is no model.
    #[error("{} is no model of this program: {reason}", path.display())]
    Model {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: corelith_unet::UnetError,
    },
}

/// The first few of many sentences, a line each.
fn listed(notes: &[String]) -> String {
    notes
        .iter()
        .take(10)
        .map(|note| format!("\n{note}"))
        .collect()
}

/// Which other version of the program wrote results.
fn written_by(other_version: Option<&str>) -> String {
    let this = env!("CARGO_PKG_VERSION");
    other_version.map_or_else(String::new, |other| {
        format!(" (version {other} of this program wrote them, this is {this})")
    })
}

impl Error {
    /// What to do about it, where the message does not say.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::InUse { .. } => Some(
                "wait until it is done, or give this run a folder of its own with `--out`"
                    .to_owned(),
            ),
            Self::NotUpToDate { .. } => Some(
                "bring everything that a part depends on up to date before the parts begin: for \
                 those of `measure` by `corelith segment PROJECT`; for those of `segment` by \
                 `corelith train PROJECT`, with `--model` by `corelith register PROJECT`"
                    .to_owned(),
            ),
            Self::NoRoom { .. } => Some(
                "free some of it, or name a folder on another disk with `--out`".to_owned(),
            ),
            Self::NotMeasured { .. } => {
                Some("run `corelith run` on its project file first, then compare".to_owned())
            }
            Self::Unreadable { .. } => Some(
                "run `corelith measure` and `corelith report` on its project file again, then compare; \
                 what is damaged is made anew"
                    .to_owned(),
            ),
            Self::ProjectExists { .. } => Some(
                "give the new one another name (`corelith init FOLDER NAME.toml`), or replace it \
                 with `--force`"
                    .to_owned(),
            ),
            Self::ProjectName { .. } => Some(
                "name a file such as sample.toml; it is written to the folder, as its paths are \
                 relative to it"
                    .to_owned(),
            ),
            Self::NoSample { .. } => Some(
                "name the folder that holds the slices of a CT (8 or more TIFF, PNG or BMP images, \
                 or a volume file) and the mineral maps"
                    .to_owned(),
            ),
            Self::NoResult { .. } => Some("run that stage first".to_owned()),
            Self::MapsNotFound { .. } => Some(
                "look at registration/*_overlay.png for the best pose of each (with a region, the \
                 best in it); check pixel_size_um and voxel_size_um, raise \
                 registration.tilt_max_deg, give the map a `start` or a `region_vox` or correct \
                 those it has, or take it out of the project file"
                    .to_owned(),
            ),
            Self::OtherMinerals { folder, .. } => Some(format!(
                "give the mineral list the same rows in the same order, or train a model for this \
                 list (`corelith train PROJECT --from {}` starts from these weights)",
                folder.display()
            )),
            Self::Unsuitable { .. } => Some(
                "train a model on this sample, or name one of scans like it; without \
                 `--only-suitable` this one is applied all the same"
                    .to_owned(),
            ),
            Self::NoPhaseNetwork => Some(
                "name a model that `corelith train` or `corelith pretrain` made, without \
                 `--task particles`"
                    .to_owned(),
            ),
            Self::NoParticleNetwork { .. } => {
                Some("`corelith pretrain --task particles` makes one that does".to_owned())
            }
            Self::Model { .. } => Some(
                "name the folder of a model, such as `results/models/phases` of a finished run"
                    .to_owned(),
            ),
            _ => None,
        }
    }

    /// Whether the program worked and the answer is no.
    pub fn is_negative_answer(&self) -> bool {
        matches!(self, Self::MapsNotFound { .. } | Self::Unsuitable { .. })
    }
}
