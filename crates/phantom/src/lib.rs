//! Particle systems with exact truth, and their CT and SEM images.
