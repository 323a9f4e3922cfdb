//! Studies of the methods over phantoms with exact truth. Each has a plan, which is its options on the
//! command line too, and returns rows that serialise and print themselves as a table.

pub mod any_ore;
pub mod coverage;
mod observed;
pub mod regions;
pub mod registration;
mod seen;
pub mod separation;

use clap::Subcommand;

/// What is studied.
#[derive(Debug, Subcommand)]
pub enum Study {
    /// How often, how exactly and how honestly maps are placed; maps of other samples included
    Registration(registration::Plan),
    /// How often the 95 % intervals of liberation hold the truth
    Coverage(coverage::Plan),
    /// How well touching particles come apart, from the mask alone and with the network
    Separation(separation::Plan),
    /// What the rules for weak regions of a mineral bring
    Regions(regions::Plan),
    /// Every stage on phantoms of kinds drawn at random, beside a random forest
    AnyOre(any_ore::Plan),
}
