//! Time of scoring poses, for `benches/peers/sitk_mattes.py`.
//!
//!     pose_speed VOLUME NZ NY NX MAP ROWS COLS POSES
//!
//! VOLUME holds bytes (grey 0 to 248), x fastest; MAP bytes (category 0 to 15), row by row. Every
//! map pixel is a sample. Prints nanoseconds a sample and pose, histogram and mutual information
//! together, best of five, and the information of the first pose.

use std::time::Instant;

use corelith_core::CtFromMap;
use corelith_registration::joint_histogram::{BINS, CpuVolume, FixedPose};
use corelith_registration::{Information, QuantisedVolume, Samples};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [volume, nz, ny, nx, map, rows, cols, poses] = arguments.as_slice() else {
        return Err("usage: pose_speed VOLUME NZ NY NX MAP ROWS COLS POSES".into());
    };
    let shape: [usize; 3] = [nz.parse()?, ny.parse()?, nx.parse()?];
    let (rows, cols): (i32, i32) = (rows.parse()?, cols.parse()?);
    let volume = QuantisedVolume::from_bytes(std::fs::read(volume)?, shape, 1)?;
    let map = std::fs::read(map)?;
    let samples = Samples::pack(
        cols / 2,
        rows / 2,
        map.iter()
            .enumerate()
            .map(|(i, &category)| (i as i32 % cols, i as i32 / cols, u32::from(category))),
    );
    let centre = shape.map(|n| (n as f64 - 1.0) / 2.0);
    let poses: Vec<FixedPose> = (0..poses.parse()?)
        .map(|i: u32| {
            let (s, c) = (0.01 * f64::from(i)).sin_cos();
            let corner = |a: f64, b: f64, middle: f64| {
                middle - a * f64::from(cols / 2) - b * f64::from(rows / 2)
            };
            let pose = CtFromMap::from([
                [c, -s, corner(c, -s, centre[2])],
                [s, c, corner(s, c, centre[1])],
                [0.05, 0.02, corner(0.05, 0.02, centre[0])],
            ]);
            FixedPose::new(&pose, &samples, 1)
        })
        .collect();
    let volume = CpuVolume::new(&volume);
    let mut best = f64::INFINITY;
    let mut first = 0.0;
    for _ in 0..5 {
        let began = Instant::now();
        let counts = volume.histograms(&samples, &poses);
        let scores: Vec<f64> = counts
            .chunks_exact(BINS)
            .map(|histogram| Information::of(histogram).certainty)
            .collect();
        best = best.min(began.elapsed().as_secs_f64());
        first = scores[0];
    }
    let evaluations = samples.len() as f64 * poses.len() as f64;
    println!("{:.3} {first:.4}", 1e9 * best / evaluations);
    Ok(())
}
