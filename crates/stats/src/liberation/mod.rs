//! Liberation of a mineral: by volume, by exposed surface, by section area.
//!
//! The liberation of a particle for a mineral is the mineral's share of the particle: of its
//! solid volume, of its exposed surface, or of the solid area of one section through it
//! (pores count nowhere). The distribution over the mineral weighs each particle by the
//! amount of the mineral in it. Within one mineral the density is constant, so weights by
//! volume and by mass give the same distribution; densities matter only where minerals are
//! added up.
//!
//! Intervals hold 95 %. They come from a bootstrap over 3D particles (sections of one particle
//! go with it), whose variance enters a Wilson score interval, or for differences Student's; see
//! [`Estimate`].
//!
//! How often they hold the truth: `corelith evaluate coverage` measures 240 independent phantoms,
//! each of 180 particles on average (57 of them whole), with three tilted maps of 34 profiles
//! together and 300 random planes. The truth is that of all whole particles of all phantoms, each
//! weighted by 1 over its chance to be whole. Coverage over all classes, of the worst and the best
//! class, half-width, mean error of a phantom, and distance of the mean of all phantoms from the
//! truth, in points:
//!
//! | LiAlO2 | coverage % | lowest | highest | half-width | mean error | bias |
//! | --- | --- | --- | --- | --- | --- | --- |
//! | 3D volume, classes | 96.2 | 94.6 | 98.3 | 5.9 | 2.3 | 0.3 |
//! | 3D volume, curve | 93.9 | 90.8 | 97.1 | 7.1 | 3.1 | 0.8 |
//! | 3D volume, mean | 93.8 | 93.8 | 93.8 | 5.1 | 2.3 | 0.7 |
//! | 3D surface, curve | 94.6 | 92.1 | 97.9 | 7.2 | 3.1 | 0.7 |
//! | 2D maps, classes | 95.8 | 91.7 | 97.5 | 16.6 | 5.3 | 0.4 |
//! | 2D maps, curve | 96.3 | 93.8 | 98.3 | 18.9 | 7.3 | 0.4 |
//! | 2D random, curve | 92.8 | 91.2 | 94.2 | 6.1 | 2.7 | 1.1 |
//! | 2D random minus 3D | 93.6 | 92.1 | 95.0 | 3.1 | 1.4 | 0.2 |
//! | 2D maps minus 3D | 93.7 | 91.7 | 95.0 | 17.0 | 6.2 | 0.9 |
//! | 2D maps taken for 3D, curve | 94.3 | 91.2 | 96.2 | 17.4 | 7.6 | 3.7 |
//! | 2D maps corrected to 3D, curve | 96.1 | 93.3 | 97.9 | 15.2 | 5.8 | 0.3 |
//!
//! The bias in 3D and on random planes is that of counting particles which the faces of the volume
//! cut ([`Cut::Counted`]). Leaving them out takes it away and makes the error half as large again.
//! The correction of maps takes away the bias of sections, and a part of the error.

mod analysis;
mod association;
mod basis;
mod bias;
mod bootstrap;
mod by_size;
mod correction;
mod curve_difference;
mod deviation;
mod error;
mod estimate;
mod liberation_class;
mod locking;
mod observed;
mod populations;
mod result;
mod series;
mod settings;
mod table;
#[cfg(test)]
mod tests;
mod weighing;
mod without_doubtful;

pub use analysis::analyse;
pub use association::{Association, association};
pub use basis::Basis;
pub use bias::Bias;
pub use by_size::{SizeLiberation, SizeResolved, by_size};
pub use correction::{Corrected, correct_maps};
pub use curve_difference::{CurveDifference, difference_table};
pub use deviation::{AnalysisError, Deviation, MeasuredWith, Segmented, deviation};
pub use error::LiberationError;
pub use estimate::Estimate;
pub use liberation_class::{
    AT_LEAST_PCT, LIBERATION_CLASSES, liberation_class, liberation_class_bounds_pct,
    liberation_class_within,
};
pub use locking::{Locking, locking};
pub use observed::volume_liberation_class;
pub use populations::Populations;
pub use result::{BasisLiberation, Liberation, MineralLiberation};
pub use settings::{Cut, Settings};
pub use table::{
    association_table, bias_table, correction_table, curve_table, liberation_table, locking_table,
    size_table,
};
pub use weighing::particle_weights;
pub use without_doubtful::{WithoutDoubtful, without_doubtful};
