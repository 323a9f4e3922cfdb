//! Touching particles apart.
