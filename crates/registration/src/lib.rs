//! Places a 2D mineral map in a CT volume by mutual information.
