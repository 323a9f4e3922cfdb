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
//! go with it), whose variance enters a Wilson score interval; see [`Estimate`].

mod analysis;
mod association;
mod bias;
mod bootstrap;
mod by_size;
mod class;
mod correction;
mod error;
mod estimate;
mod locking;
mod series;
mod settings;
mod table;
#[cfg(test)]
mod tests;

pub use analysis::{
    Basis, BasisLiberation, Liberation, MineralLiberation, Populations, analyse, particle_weights,
};
pub use association::{Association, association};
pub use bias::Bias;
pub use by_size::{SizeLiberation, SizeResolved, by_size};
pub use class::{CLASSES, class_bounds_pct, class_of};
pub use correction::{Corrected, correct_maps};
pub use error::LiberationError;
pub use estimate::Estimate;
pub use locking::{Locking, locking};
pub use settings::{Cut, Settings};
pub use table::{
    association_table, bias_table, correction_table, curve_table, liberation_table, locking_table,
    size_table,
};
