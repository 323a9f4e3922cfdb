//! The stages of corelith as a library: from CT slices and mineral maps to the report.
//!
//! A [`Sample`] is a project file with its folder of results. Each of its methods brings one stage
//! up to date, those before it first, and skips what has not changed. The stages themselves are
//! the types in [`stage`]: each holds exactly what it depends on.
//!
//! ```
//! use corelith_core::Silent;
//! use corelith_pipeline::{Options, Sample};
//!
//! # let folder = tempfile::tempdir()?;
//! # let mut settings = corelith_phantom::PhantomSettings::default();
//! # settings.shape_vox = [80, 144, 144];
//! # (settings.maps.training, settings.maps.validation) = (1, 1);
//! # let made = corelith_phantom::phantom(&settings, 1, &Silent)?;
//! # let project = corelith_evaluation::write_phantom(folder.path(), "slag", "63-100", &made, &Silent)?;
//! # let quick = "\n[training]\nwidth = 4\nlevels = 2\nsteps = 3\nphantoms = 0\n";
//! # std::fs::write(&project, std::fs::read_to_string(&project)? + quick)?;
//! let sample = Sample::open(&project, &Options::default(), &Silent)?;
//! let summary = sample.report(&Silent)?;
//! println!("{} particles", summary.particles.count);
//! for (mineral, found) in &summary.minerals {
//!     println!("{mineral}: {:?} % of the solid volume", found.modal_volume_pct);
//! }
//! assert!(sample.out().join("report.html").exists());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod asked;
mod check;
mod comparison;
mod context;
mod error;
mod init;
mod inputs;
pub mod model_folder;
mod page_files;
pub mod pretraining;
mod project;
pub mod results;
pub mod resume;
mod sample;
mod settings_reference;
pub mod single_file;
pub mod stage;

pub use asked::{Asked, AskedPlace};
pub use check::{Checked, Problem, check};
pub use comparison::compare;
pub use context::{Context, tell_notes};
pub use error::Error;
pub use init::{InitOptions, Initialised, init};
pub use project::Project;
pub use sample::{Options, Sample, SamplePart};
pub use settings_reference::SettingsReference;
