//! Connected component labelling of volumes.
