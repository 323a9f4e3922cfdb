//! Particle systems with exact truth, and their CT and SEM images.
//!
//! - [`Scene`] is the geometry: convex, slightly rough polyhedra, packed at random, with banded
//!   and blobby intergrowths of minerals, specks and pores. It can be asked at any point.
//! - [`phantom`] images a scene: a CT volume (grey by mineral, point spread, rings, shading,
//!   correlated noise) and mineral maps (tilted, turned, mirrored, stretched and bent planes with
//!   rough rims, and BSE), with the true class, particle and position of everything.
//! - [`damaged`] spoils a map as polishing, mounting and imaging do, with the truth about that.
//! - [`PhantomSettings::drawn_at_random`] draws phantoms of every [`Kind`];
//!   [`randomised`] draws settings around given ones, for pretraining; [`CtLook`] measures a scan
//!   and its maps and draws settings that look like it, [`look_alikes`] makes such phantoms.
//! - [`truth`] measures results against the truth: registration error, Dice, instance F1.

mod ct;
mod damage;
mod error;
mod filler;
mod filter;
mod grid;
mod growth;
mod kinds;
mod look;
mod look_alike;
mod map;
mod negative;
mod noise;
mod packing;
mod phantom;
mod rotation;
mod scene;
mod settings;
mod shape;
mod texture;
pub mod truth;

pub use damage::{DamageSettings, DamagedMap, damaged};
pub use error::PhantomError;
pub use filler::fill_resin;
pub use kinds::Kind;
pub use look::{Chords, CtLook, SectionLook};
pub use look_alike::{LookAlike, look_alikes};
pub use map::{MapRole, PhantomMap};
pub use negative::{blank_map, noise_map};
pub use phantom::{Imaged, Numbering, Phantom, phantom};
pub use scene::{Here, Scene, Slab};
pub use settings::{
    BACKGROUND, CtSettings, Habit, MapSettings, MineralLook, ParticleSettings, PhantomSettings,
    TextureSettings, randomised, randomised_geometry,
};
