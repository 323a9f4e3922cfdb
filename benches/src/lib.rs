//! Criterion benches, one file a kernel.
