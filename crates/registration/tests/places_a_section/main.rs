//! A section cut through particles that the test makes comes back to where it was cut.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

use corelith_core::{CtFromMap, Mineral, Minerals, Raster, Silent, Spacing, Volume};
use corelith_gpu::Compute;
use corelith_registration::{MapInput, PreparedCt, Settings, Status, Whereabouts, register};
use nalgebra::Vector3;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

mod bse;
mod gpu;
mod mosaic;
mod regions;
mod unmeasured;

const SHAPE: [usize; 3] = [56, 112, 112];
const PIXEL_VOX: f64 = 0.6;

struct Ball {
    centre: Vector3<f64>,
    radius: f64,
    /// A plane through the ball parts its two minerals.
    cut: Vector3<f64>,
}

fn balls(seed: u64) -> Vec<Ball> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut balls: Vec<Ball> = Vec::new();
    for _ in 0..4000 {
        let [nz, ny, nx] = SHAPE.map(|n| n as f64);
        let mut unit = || rng.random::<f64>();
        let centre = Vector3::new(unit() * nx, unit() * ny, unit() * nz);
        let radius = 5.0 + 5.0 * unit();
        let cut = Vector3::new(unit() - 0.5, unit() - 0.5, unit() - 0.5).normalize();
        if balls
            .iter()
            .all(|other| (other.centre - centre).norm() > other.radius + radius)
        {
            balls.push(Ball {
                centre,
                radius,
                cut,
            });
        }
    }
    balls
}

fn class_at(balls: &[Ball], point: &Vector3<f64>) -> u8 {
    balls
        .iter()
        .find(|ball| (point - ball.centre).norm() < ball.radius)
        .map_or(0, |ball| {
            if (point - ball.centre).dot(&ball.cut) < 0.2 * ball.radius {
                1
            } else {
                2
            }
        })
}

fn ct(balls: &[Ball], seed: u64) -> Volume<u16> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let classes = Volume::from_fn(SHAPE, Spacing::isotropic(2.0), |x, y, z| {
        class_at(balls, &Vector3::new(x as f64, y as f64, z as f64))
    });
    classes.map(|&class| {
        let noise: f64 = (0..4).map(|_| rng.random::<f64>() - 0.5).sum();
        ([10000.0, 16000.0, 19500.0][usize::from(class)] + 1200.0 * noise) as u16
    })
}

fn map(balls: &[Ball], pose: &CtFromMap, [rows, cols]: [usize; 2]) -> Raster<u8> {
    Raster::from_fn(rows, cols, |col, row| {
        class_at(balls, &pose.apply(col as f64, row as f64))
    })
}

fn minerals() -> Minerals {
    let rows = ["resin", "a", "b"]
        .iter()
        .enumerate()
        .map(|(i, name)| Mineral {
            name: (*name).to_owned(),
            rgb: [i as u8; 3],
            density_g_cm3: None,
        });
    Minerals::new(rows.collect(), "resin").unwrap()
}

/// How a section is cut: always turned by 230 degrees, seen from behind, and 2 % too large one
/// way and 1 % too small the other.
struct Cut {
    pixel_vox: f64,
    tilt_deg: f64,
    /// Where the middle of the map lies.
    centre_vox: [f64; 3],
    rows: usize,
    cols: usize,
}

impl Cut {
    fn pose(&self) -> CtFromMap {
        let (sin, cos) = 230f64.to_radians().sin_cos();
        let tilt = self.tilt_deg.to_radians();
        let tilted = |x: f64, y: f64| Vector3::new(x, y * tilt.cos(), y * tilt.sin());
        let du = tilted(cos, sin) * (self.pixel_vox * 1.02);
        let dv = tilted(sin, -cos) * (self.pixel_vox * 0.99);
        let half = du * (self.cols as f64 / 2.0) + dv * (self.rows as f64 / 2.0);
        CtFromMap::new(du, dv, Vector3::from(self.centre_vox) - half)
    }

    /// Mean distance from the truth, in voxels, of where the map is placed.
    fn error_vox(&self, settings: &Settings) -> f64 {
        let (balls, minerals, pose) = (balls(7), minerals(), self.pose());
        let classes = map(&balls, &pose, [self.rows, self.cols]);
        let map = MapInput {
            pixel_size_um: 2.0 * self.pixel_vox,
            ..input(&classes, &minerals)
        };
        let ct = ct(&balls, 1);
        let prepared = PreparedCt::new(&ct, &Compute::Cpu).unwrap();
        let found = register(&prepared, &map, settings, 1, &Silent).unwrap();
        assert_eq!(found.status, Status::Found, "{}", found.reason);
        assert!(found.mirrored);
        let coords = found.coords(self.rows, self.cols);
        let sum: f64 = (0..classes.len())
            .map(|i| {
                let truth = pose.apply((i % self.cols) as f64, (i / self.cols) as f64);
                let point = Vector3::from_fn(|axis, _| f64::from(coords[axis].data()[i]));
                (point - truth).norm()
            })
            .sum();
        sum / classes.len() as f64
    }
}

const CUT: Cut = Cut {
    pixel_vox: PIXEL_VOX,
    tilt_deg: 6.0,
    centre_vox: [58.0, 54.0, 27.0],
    rows: 120,
    cols: 130,
};

fn true_pose() -> CtFromMap {
    CUT.pose()
}

fn input<'a>(classes: &'a Raster<u8>, minerals: &'a Minerals) -> MapInput<'a> {
    MapInput {
        name: "section",
        classes,
        minerals,
        bse: None,
        pixel_size_um: 2.0 * PIXEL_VOX,
        whereabouts: None,
    }
}

/// A BSE image of classes: dark resin, noise, a blur of three pixels, some greys unknown.
fn bse_of(classes: &Raster<u8>, seed: u64) -> Raster<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (rows, cols) = (classes.rows(), classes.cols());
    Raster::from_fn(rows, cols, |col, row| {
        let near = |at: usize, n: usize| at.saturating_sub(1)..(at + 2).min(n);
        let greys: Vec<f32> = near(row, rows)
            .flat_map(|v| near(col, cols).map(move |u| (u, v)))
            .map(|(u, v)| [0.1, 0.5, 0.8][usize::from(classes.at(u, v))])
            .collect();
        let noise: f32 = (0..4).map(|_| rng.random::<f32>() - 0.5).sum();
        if rng.random_bool(0.01) || (row < 6 && col < 20) {
            f32::NAN
        } else {
            greys.iter().sum::<f32>() / greys.len() as f32 + 0.1 * noise
        }
    })
}

#[test]
fn a_tilted_mirrored_section_is_found() {
    let error = CUT.error_vox(&Settings::default());
    assert!(error < 0.5, "mean error {error} voxels");
}

#[test]
fn a_section_partly_outside_the_volume_is_found() {
    let cut = Cut {
        centre_vox: [90.0, 60.0, 27.0],
        ..CUT
    };
    let pose = cut.pose();
    let outside = (0..cut.rows * cut.cols)
        .filter(|i| {
            let point = pose.apply((i % cut.cols) as f64, (i / cut.cols) as f64);
            (0..3).any(|axis| !(0.0..SHAPE[2 - axis] as f64).contains(&point[axis]))
        })
        .count();
    assert!(outside * 6 > cut.rows * cut.cols, "{outside} pixels");
    let error = cut.error_vox(&Settings::default());
    assert!(error < 0.7, "mean error {error} voxels");
}

#[test]
fn small_pixels_are_no_hindrance() {
    let error = Cut {
        pixel_vox: 0.4,
        rows: 180,
        cols: 190,
        ..CUT
    }
    .error_vox(&Settings::default());
    assert!(error < 0.5, "mean error {error} voxels");
}

/// A pixel covers 16 voxels of a slice.
#[test]
fn large_pixels_are_no_hindrance() {
    let error = Cut {
        pixel_vox: 4.0,
        rows: 24,
        cols: 26,
        ..CUT
    }
    .error_vox(&Settings::default());
    assert!(error < 1.0, "mean error {error} voxels");
}

#[test]
fn a_steep_section_is_found_when_the_settings_allow_it() {
    let settings = Settings {
        tilt_max_deg: 16.0,
        ..Settings::default()
    };
    let error = Cut {
        tilt_deg: 15.0,
        ..CUT
    }
    .error_vox(&settings);
    assert!(error < 0.5, "mean error {error} voxels");
}

#[test]
fn a_section_of_another_sample_and_a_blank_one_are_not_found() {
    let (here, elsewhere) = (balls(7), balls(8));
    let (ct, minerals) = (ct(&here, 1), minerals());
    let prepared = PreparedCt::new(&ct, &Compute::Cpu).unwrap();
    for classes in [
        map(&elsewhere, &true_pose(), [120, 130]),
        Raster::filled(120, 130, 0),
    ] {
        let result = register(
            &prepared,
            &input(&classes, &minerals),
            &Settings::default(),
            1,
            &Silent,
        )
        .unwrap();
        assert_eq!(result.status, Status::NotFound, "{}", result.reason);
        assert!(result.uncertainty_vox.is_infinite());
    }
}

#[test]
fn bad_input_is_named() {
    let ct = Volume::filled(SHAPE, Spacing::isotropic(2.0), 100u16);
    let minerals = minerals();
    let classes = Raster::filled(40, 40, 7);
    let error = register(
        &PreparedCt::new(&ct, &Compute::Cpu).unwrap(),
        &input(&classes, &minerals),
        &Settings::default(),
        1,
        &Silent,
    )
    .unwrap_err()
    .to_string();
    assert!(
        error.contains("class 7") && error.contains("`section`"),
        "{error}"
    );
}

#[test]
fn a_start_pose_is_refined_and_a_wrong_one_is_not_believed() {
    let balls = balls(7);
    let (ct, minerals, pose) = (ct(&balls, 1), minerals(), true_pose());
    let prepared = PreparedCt::new(&ct, &Compute::Cpu).unwrap();
    let classes = map(&balls, &pose, [120, 130]);
    let shifted = |shift: Vector3<f64>| {
        CtFromMap::new(pose.du_vox(), pose.dv_vox(), pose.origin_vox() + shift)
    };
    let from = |start: CtFromMap| {
        register(
            &prepared,
            &MapInput {
                whereabouts: Some(Whereabouts::Start(start)),
                ..input(&classes, &minerals)
            },
            &Settings::default(),
            1,
            &Silent,
        )
        .unwrap()
    };
    let near = from(shifted(Vector3::new(2.0, -2.0, 1.5)));
    assert_eq!(near.status, Status::Found, "{}", near.reason);
    let centre = pose.apply(65.0, 60.0);
    assert!((near.ct_from_map.apply(65.0, 60.0) - centre).norm() < 0.6);
    let nowhere = CtFromMap::from([[0.0; 3]; 3]);
    let error = register(
        &prepared,
        &MapInput {
            whereabouts: Some(Whereabouts::Start(nowhere)),
            ..input(&classes, &minerals)
        },
        &Settings::default(),
        1,
        &Silent,
    )
    .unwrap_err()
    .to_string();
    assert!(error.contains("the start of map `section`"), "{error}");
    let far = from(shifted(Vector3::new(10.0, 20.0, -14.0)));
    let believed =
        far.status == Status::Found && (far.ct_from_map.apply(65.0, 60.0) - centre).norm() > 1.0;
    assert!(!believed, "{}", far.reason);
}
