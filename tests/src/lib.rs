//! Parity, end-to-end and golden tests.
