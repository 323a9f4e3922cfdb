//! A section cut through particles that the test makes comes back to where it was cut.

use corelith_core::{CtFromMap, Mineral, Minerals, Raster, Silent, Spacing, Volume};
use corelith_gpu::Compute;
use corelith_registration::{CtPyramid, MapInput, Settings, Status, register, register_in};
use nalgebra::Vector3;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

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

/// Six degrees of tilt, 230 degrees of rotation, seen from behind, two per cent too large.
fn true_pose() -> CtFromMap {
    let (sin, cos) = 230f64.to_radians().sin_cos();
    let tilt = 6f64.to_radians();
    let tilted = |x: f64, y: f64| Vector3::new(x, y * tilt.cos(), y * tilt.sin());
    let du = tilted(cos, sin) * (PIXEL_VOX * 1.02);
    let dv = tilted(sin, -cos) * (PIXEL_VOX * 0.99);
    CtFromMap::new(
        du,
        dv,
        Vector3::new(58.0, 54.0, 27.0) - du * 65.0 - dv * 60.0,
    )
}

fn input<'a>(classes: &'a Raster<u8>, minerals: &'a Minerals) -> MapInput<'a> {
    MapInput {
        name: "section",
        classes,
        minerals,
        bse: None,
        pixel_size_um: 2.0 * PIXEL_VOX,
    }
}

#[test]
fn a_tilted_mirrored_section_is_found() {
    let balls = balls(7);
    let (ct, minerals, pose) = (ct(&balls, 1), minerals(), true_pose());
    let classes = map(&balls, &pose, [120, 130]);
    let found = register(
        &ct,
        &input(&classes, &minerals),
        None,
        &Settings::default(),
        &Compute::Cpu,
        1,
        &Silent,
    )
    .unwrap();
    assert_eq!(found.status, Status::Found, "{}", found.reason);
    assert!(found.mirrored);
    let coords = found.coords(120, 130);
    let error: f64 = (0..classes.len())
        .map(|i| {
            let truth = pose.apply((i % 130) as f64, (i / 130) as f64);
            let point = Vector3::from_fn(|axis, _| f64::from(coords[axis].data()[i]));
            (point - truth).norm()
        })
        .sum::<f64>()
        / classes.len() as f64;
    assert!(error < 0.5, "mean error {error} voxels");
}

#[test]
fn a_section_of_another_sample_and_a_blank_one_are_not_found() {
    let (here, elsewhere) = (balls(7), balls(8));
    let (ct, minerals) = (ct(&here, 1), minerals());
    let pyramid = CtPyramid::new(&ct).unwrap();
    for classes in [
        map(&elsewhere, &true_pose(), [120, 130]),
        Raster::filled(120, 130, 0),
    ] {
        let result = register_in(
            &pyramid,
            &input(&classes, &minerals),
            None,
            &Settings::default(),
            &Compute::Cpu,
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
        &ct,
        &input(&classes, &minerals),
        None,
        &Settings::default(),
        &Compute::Cpu,
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
    let pyramid = CtPyramid::new(&ct).unwrap();
    let classes = map(&balls, &pose, [120, 130]);
    let shifted = |shift: Vector3<f64>| {
        CtFromMap::new(pose.du_vox(), pose.dv_vox(), pose.origin_vox() + shift)
    };
    let from = |start: CtFromMap| {
        register_in(
            &pyramid,
            &input(&classes, &minerals),
            Some(&start),
            &Settings::default(),
            &Compute::Cpu,
            1,
            &Silent,
        )
        .unwrap()
    };
    let near = from(shifted(Vector3::new(2.0, -2.0, 1.5)));
    assert_eq!(near.status, Status::Found, "{}", near.reason);
    let centre = pose.apply(65.0, 60.0);
    assert!((near.ct_from_map.apply(65.0, 60.0) - centre).norm() < 0.6);
    let far = from(shifted(Vector3::new(10.0, 20.0, -14.0)));
    let believed =
        far.status == Status::Found && (far.ct_from_map.apply(65.0, 60.0) - centre).norm() > 1.0;
    assert!(!believed, "{}", far.reason);
}
