//! Time and largest memory of importing a CT, from file to file or through memory:
//! `import_memory CT OUT.tif [through-memory]`.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

use std::path::Path;
use std::time::Instant;

use corelith_core::{Silent, Spacing};
use corelith_io::{Compression, StackLayout, StackWriter, VolumeSource};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [ct, out, how @ ..] = &arguments[..] else {
        panic!("import_memory CT OUT.tif [through-memory]");
    };
    let (out, um) = (Path::new(out), Spacing::isotropic(1.0));
    let began = Instant::now();
    let source = VolumeSource::open(Path::new(ct)).unwrap();
    if how.is_empty() {
        source.write_ct(out, um, &Silent).unwrap();
    } else {
        let read = source.read_ct(um, &Silent).unwrap().volume;
        let layout = StackLayout {
            compression: Compression::None,
            ..StackLayout::new(read.shape(), um)
        };
        let mut writer = StackWriter::create(out, layout).unwrap();
        let slices: Vec<&[u16]> = (0..read.shape()[0]).map(|z| read.slice(z)).collect();
        writer.write_slices(&slices).unwrap();
        writer.finish().unwrap();
    }
    let seconds = began.elapsed().as_secs_f64();
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM"));
    println!(
        "{:?} in {seconds:.1} s, {}",
        source.shape(),
        peak.unwrap_or("no VmHWM here")
    );
}
