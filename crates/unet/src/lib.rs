//! 3D U-Nets learned from a few labelled planes, and tiled inference.
