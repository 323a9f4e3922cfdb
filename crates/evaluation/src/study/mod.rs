//! Studies of the methods over phantoms with exact truth. Each returns rows that serialise and
//! print themselves as a table.

pub mod any_ore;
pub mod coverage;
mod observed;
pub mod regions;
pub mod registration;
mod seen;
pub mod separation;
