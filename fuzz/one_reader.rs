//! Gives bytes to a reader of the crate `corelith-io` as a file; what it makes of them is its own
//! affair as long as it comes back.

#[path = "../crates/io/tests/hostile/readers.rs"]
#[allow(dead_code)]
mod readers;
#[path = "../crates/io/tests/hostile/sections.rs"]
#[allow(dead_code)]
mod sections;

use std::fs;

/// Reads bytes by the reader of that name.
pub fn read(name: &str, bytes: &[u8]) {
    let reader = readers::reader_of(name);
    let file = tempfile::Builder::new()
        .suffix(&format!(".{}", reader.ending))
        .tempfile()
        .expect("a temporary file can be made");
    fs::write(file.path(), bytes).expect("a temporary file can be written");
    let _ = (reader.read)(file.path());
}
