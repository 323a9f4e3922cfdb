//! Sections that are mosaics of frames out of place.

use corelith_core::{Raster, Silent};
use corelith_gpu::Compute;
use corelith_registration::{PreparedCt, Registration, Settings, Status, register};
use nalgebra::Vector3;

use super::{balls, class_at, ct, input, minerals, true_pose};

const ROWS: usize = 120;
const COLS: usize = 130;

/// Shifts of what frames show, in pixels: up to 1.8 voxels.
const SHIFTS_PX: [[f64; 2]; 9] = [
    [2.0, -1.0],
    [-3.0, 1.0],
    [1.0, 3.0],
    [-1.0, -2.0],
    [2.0, -2.0],
    [-1.0, 1.0],
    [1.0, 2.0],
    [-2.0, -3.0],
    [3.0, 0.0],
];

/// Places a map of frames that begin at some columns and rows, and are shifted or not; the mean
/// distance from what each pixel shows, in voxels, goes with it.
fn placed(starts: [&[usize]; 2], shifted: bool, settings: &Settings) -> (Registration, f64) {
    let (balls, minerals, pose) = (balls(7), minerals(), true_pose());
    let ct = ct(&balls, 1);
    let prepared = PreparedCt::new(&ct, &Compute::Cpu).unwrap();
    let shown = |col: usize, row: usize| {
        let index = |starts: &[usize], at: usize| starts.partition_point(|&s| s <= at) - 1;
        let frame = index(starts[1], row) * starts[0].len() + index(starts[0], col);
        let shift = if shifted { SHIFTS_PX[frame] } else { [0.0; 2] };
        pose.apply(col as f64 + shift[0], row as f64 + shift[1])
    };
    let classes = Raster::from_fn(ROWS, COLS, |col, row| class_at(&balls, &shown(col, row)));
    let found = register(&prepared, &input(&classes, &minerals), settings, 1, &Silent).unwrap();
    assert_eq!(found.status, Status::Found, "{}", found.reason);
    let coords = found.coords(ROWS, COLS);
    let sum: f64 = (0..ROWS * COLS)
        .map(|i| {
            let point = Vector3::from_fn(|axis, _| f64::from(coords[axis].data()[i]));
            (point - shown(i % COLS, i / COLS)).norm()
        })
        .sum();
    (found, sum / (ROWS * COLS) as f64)
}

#[test]
fn frames_out_of_place_are_found_and_put_back() {
    let equal: [&[usize]; 2] = [&[0, 43, 86], &[0, 60]];
    let cut_off: [&[usize]; 2] = [&[0, 50, 100], &[0, 50, 100]];
    for starts in [equal, cut_off] {
        let (found, error) = placed(starts, true, &Settings::default());
        let frames = found.frames().expect("frames");
        assert_eq!([&frames.col_starts, &frames.row_starts], starts);
        // How much of it is said by the frames and how much by the pose between them is left open.
        assert!(frames.rms_vox() > 0.8, "{:?}", frames.shifts_vox);
        assert!(error < 0.6, "mean error {error} voxels");
    }
}

#[test]
fn a_map_of_one_piece_has_no_frames() {
    let (found, error) = placed([&[0], &[0]], false, &Settings::default());
    assert_eq!(found.frames(), None);
    assert!(error < 0.5, "mean error {error} voxels");
}

#[test]
fn frames_of_a_given_side_are_put_back() {
    let mut settings = Settings::default();
    settings.warp.frame_px = Some(60.0);
    let (found, _) = placed([&[0], &[0]], false, &settings);
    let frames = found.frames().expect("frames");
    assert_eq!(frames.col_starts, [0, 60, 120]);
    assert_eq!(frames.row_starts, [0, 60]);
    assert!(frames.rms_vox() < 0.4, "{:?}", frames.shifts_vox);
}
