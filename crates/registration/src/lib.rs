//! Places a 2D mineral map in a CT volume.
//!
//! 1. A disc of the map is searched for at every position, rotation and both ways round by
//!    Fourier transform.
//! 2. The best places are tilted, refined and grown to the whole map, all in batches, by the
//!    mutual information of map categories (classes, or levels of BSE grey) and CT grey values
//!    (kernel `joint_histogram`).
//! 3. Least squares on the smoothed grey values, predicted from the map's classes and BSE greys,
//!    brings the best of them to an end; the one that explains the CT best stands or falls by how
//!    far it stands above all others.
//! 4. The same on less smoothed values makes the affine pose sub-voxel, and a smooth displacement
//!    follows.
//!
//! [`Whereabouts`] shorten the search; [`MapChannels`] chooses between classes, BSE greys and both.
//!
//! ```
//! use corelith_core::{Mineral, Minerals, Raster, Silent, Spacing, Volume};
//! use corelith_registration::{MapInput, PreparedCt, Settings, Status, register};
//!
//! // A stand-in for a CT scan, and for a map that shows its slice 22.
//! let solid = |x: usize, y: usize, z: usize| {
//!     let (x, y, z) = (x as f64, y as f64, z as f64);
//!     let waves = (x / 6.0 + 2.0 * (z / 9.0).sin()).sin()
//!         + (y / 5.0 + 2.0 * (x / 11.0).sin()).sin()
//!         + (z / 4.0 + 2.0 * (y / 13.0).sin()).sin();
//!     u8::from(waves > 0.6)
//! };
//! let ct = Volume::from_fn([48, 110, 110], Spacing::isotropic(2.0), |x, y, z| {
//!     10_000 + 6_000 * u16::from(solid(x, y, z))
//! });
//! let classes = Raster::from_fn(80, 80, |col, row| solid(col + 12, row + 17, 22));
//! let mineral = |name: &str, grey| Mineral {
//!     name: name.to_owned(),
//!     rgb: [grey; 3],
//!     density_g_cm3: None,
//! };
//! let minerals = Minerals::new(vec![mineral("resin", 0), mineral("slag", 255)], "resin")?;
//!
//! let map = MapInput {
//!     name: "section",
//!     classes: &classes,
//!     minerals: &minerals,
//!     bse: None,
//!     pixel_size_um: 2.0,
//!     whereabouts: None,
//! };
//! let prepared = PreparedCt::new(&ct, &corelith_gpu::Compute::Cpu)?;
//! let found = register(&prepared, &map, &Settings::default(), 1, &Silent)?;
//! assert_eq!(found.status, Status::Found, "{}", found.reason);
//! let [x, y, z] = found.coords(80, 80);
//! let middle = [&x, &y, &z].map(|raster| raster.at(40, 40));
//! let off = middle.iter().zip([52.0, 57.0, 22.0]).map(|(a, b)| (a - b).abs());
//! assert!(off.fold(0.0, f32::max) < 0.5, "{middle:?}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod acceptance;
mod ct;
mod error;
mod final_fit;
mod fit;
mod map;
mod overlay;
mod placement;
mod prepared_ct;
mod register;
mod registration;
mod resample;
mod search;
mod settings;
mod similarity;
mod warp;

pub use ct::quantised_volume::QuantisedVolume;
pub use error::RegistrationError;
pub use map::input::MapInput;
pub use map::units::{Misfit, UnitKind};
pub use overlay::overlay;
pub use placement::frames::Frames;
pub use placement::warp::Warp;
pub use placement::whereabouts::Whereabouts;
pub use prepared_ct::{PreparedCt, check_ct};
pub use register::{check_input, register};
pub use registration::{Registration, Status};
pub use resample::resample_plane;
pub use settings::{MapChannels, Settings, WarpSettings};
pub use similarity::information::Information;
pub use similarity::samples::Samples;
pub use similarity::{joint_histogram, shader};
