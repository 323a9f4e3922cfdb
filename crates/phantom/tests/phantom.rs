//! What a phantom promises, on small ones.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

use corelith_core::{Silent, renumber_by_first_voxel};
use corelith_phantom::{
    Numbering, Phantom, PhantomSettings, Scene, blank_map, noise_map, phantom, truth,
};

fn small() -> PhantomSettings {
    PhantomSettings {
        shape_vox: [48, 72, 64],
        ..PhantomSettings::default()
    }
}

fn make(settings: &PhantomSettings, seed: u64) -> Phantom {
    phantom(settings, seed, &Silent).unwrap()
}

fn solid_fraction(phantom: &Phantom) -> f64 {
    let solid = phantom
        .particles
        .data()
        .iter()
        .filter(|&&id| id > 0)
        .count();
    solid as f64 / phantom.particles.len() as f64
}

#[test]
fn threads_do_not_change_it_and_seeds_do() {
    let settings = small();
    let many = make(&settings, 11);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .unwrap();
    let one = pool.install(|| make(&settings, 11));
    assert!(many == one);
    assert!(many.phases != make(&settings, 12).phases);
}

#[test]
fn ids_follow_the_first_voxel_without_gaps() {
    let made = make(&small(), 3);
    let mut ids = made.particles.data().to_vec();
    let count = renumber_by_first_voxel(&mut ids).unwrap();
    assert!(count > 5);
    assert_eq!(ids, made.particles.data());
}

#[test]
fn slabs_of_any_thickness_fit_together() {
    let settings = small();
    let scene = Scene::new(&settings, 5, &Silent).unwrap();
    let whole = make(&settings, 5);
    let mut numbering = Numbering::new(scene.particle_count());
    let (mut ct, mut particles) = (Vec::new(), Vec::new());
    for (from, to) in [(0, 7), (7, 8), (8, 41), (41, 48)] {
        let mut slab = scene.slab(from..to);
        numbering.apply(&mut slab.particles);
        ct.extend(slab.ct);
        particles.extend(slab.particles);
    }
    assert_eq!(ct, whole.ct.data());
    assert_eq!(particles, whole.particles.data());
}

#[test]
fn packing_reaches_every_solid_fraction() {
    for settings in [small(), small().touching(), small().dense()] {
        let found = solid_fraction(&make(&settings, 2));
        let wanted = settings.particles.solid_fraction;
        assert!((found - wanted).abs() < 0.02, "{found} instead of {wanted}");
    }
}

#[test]
fn grey_follows_the_minerals() {
    let mut settings = small();
    settings.ct.noise = 0.0;
    settings.ct.rings = 0.0;
    settings.ct.shading = 0.0;
    settings.ct.blur_vox = 0.0;
    settings.ct.particle_variation = 0.0;
    let made = make(&settings, 4);
    for (class, mineral) in settings.minerals.iter().enumerate() {
        let brightest = made
            .ct
            .data()
            .iter()
            .zip(made.phases.data())
            .filter(|(_, phase)| usize::from(**phase) == class + 1)
            .map(|(grey, _)| *grey)
            .max();
        let brightest = brightest.map(f64::from);
        assert_eq!(brightest, Some(mineral.ct_grey), "{}", mineral.name);
    }
    let darkest = *made.ct.data().iter().min().unwrap();
    assert_eq!(f64::from(darkest), settings.ct.resin_grey);
}

#[test]
fn maps_agree_with_the_volume_at_their_true_coordinates() {
    let mut settings = small();
    settings.maps.tilt_max_deg = 10.0;
    settings.maps.mirrored = 0.5;
    settings.maps.pixel_um = 0.8 * settings.voxel_um;
    let made = make(&settings, 9);
    assert_eq!(made.maps.len(), 3);
    for map in &made.maps {
        let [nz, ny, nx] = made.ct.shape();
        let (mut sampled, mut sampled_ids) = (Vec::new(), Vec::new());
        let (mut phases, mut ids) = (Vec::new(), Vec::new());
        for pixel in 0..map.classes.len() {
            let at = map
                .coords_vox
                .each_ref()
                .map(|axis| axis.data()[pixel].round());
            let inside = at
                .iter()
                .zip([nx, ny, nz])
                .all(|(v, n)| *v >= 0.0 && (*v as usize) < n);
            if inside {
                let [x, y, z] = at.map(|v| v as usize);
                sampled.push(made.phases.at(x, y, z));
                sampled_ids.push(made.particles.at(x, y, z));
                phases.push(map.phases_truth.data()[pixel]);
                ids.push(map.particles_truth.data()[pixel]);
            }
        }
        assert!(phases.len() > map.classes.len() / 2);
        // Rounding to voxels costs rims only.
        let overlap = truth::overlaps(&sampled, &phases, made.minerals.len(), 0).unwrap();
        assert!(
            overlap.foreground.dice() > 0.95,
            "{}",
            overlap.foreground.dice()
        );
        let same = sampled_ids.iter().zip(&ids).filter(|(a, b)| a == b).count();
        assert!(same as f64 > 0.93 * ids.len() as f64);

        let tilt = map.ct_from_map.tilt_deg();
        assert!((settings.maps.tilt_min_deg..=settings.maps.tilt_max_deg).contains(&tilt));
        let wrong = map
            .classes
            .data()
            .iter()
            .zip(map.phases_truth.data())
            .filter(|(a, b)| a != b)
            .count() as f64
            / map.classes.len() as f64;
        assert!(
            (0.005..0.25).contains(&wrong),
            "{wrong} of the pixels differ"
        );

        let plane = |axis: usize| {
            corelith_core::Raster::from_fn(map.classes.rows(), map.classes.cols(), |c, r| {
                map.ct_from_map.apply(c as f64, r as f64)[axis] as f32
            })
        };
        let planes = [plane(0), plane(1), plane(2)];
        let error =
            truth::registration_error(planes.each_ref(), map.coords_vox.each_ref()).unwrap();
        assert!((0.2..1.5).contains(&error.mean_vox), "{}", error.mean_vox);
    }
}

#[test]
fn mirrored_maps_show_the_plane_from_behind() {
    let mut settings = small();
    for (share, expected) in [(0.0, false), (1.0, true)] {
        settings.maps.mirrored = share;
        let made = make(&settings, 1);
        let mirrored = made.maps.iter().map(|m| m.ct_from_map.is_mirrored());
        assert_eq!(mirrored.collect::<Vec<_>>(), [expected; 3]);
    }
}

#[test]
fn negatives_show_no_section() {
    assert!(blank_map(5, 7).data().iter().all(|&class| class == 0));
    let noise = noise_map(40, 40, 6, 1);
    assert_ne!(noise, noise_map(40, 40, 6, 2));
    assert!((0..6).all(|class| noise.data().contains(&class)));
}
