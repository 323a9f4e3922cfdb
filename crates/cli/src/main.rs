//! The program corelith.
fn main() {}
