//! Seconds, step by step, and peak memory of placing a 1200 x 1200 map in a volume of 984 x 1011 x 1000 voxels.
//!
//!     full_size VOLUME [SEED]
//!
//! VOLUME is a file that is made when it is missing (2 GB, some minutes): run it a second time for
//! the memory of the registration alone.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read as _, Write as _};
use std::path::Path;
use std::time::Instant;

use corelith_core::{Progress, Silent, Volume};
use corelith_gpu::Compute;
use corelith_phantom::truth::registration_error;
use corelith_phantom::{MapSettings, PhantomSettings, Scene};
use corelith_registration::{MapInput, PreparedCt, Settings, register};

const SHAPE: [usize; 3] = [984, 1011, 1000];
/// Slices made at a time.
const SLAB: usize = 24;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("usage: full_size VOLUME [SEED]")?;
    let seed = arguments.next().map_or(Ok(1), |seed| seed.parse())?;
    let settings = PhantomSettings {
        shape_vox: SHAPE,
        maps: MapSettings {
            training: 1,
            validation: 0,
            pixel_um: 1.15,
            width_fraction: 0.6,
            tilt_min_deg: 7.0,
            tilt_max_deg: 9.0,
            mirrored: 1.0,
            ..MapSettings::default()
        },
        ..PhantomSettings::default()
    };
    let scene = Scene::new(&settings, seed, &Silent)?;
    let map = scene.map(0, &Silent)?;
    if !Path::new(&path).exists() {
        make(&scene, &path)?;
    }
    let ct = read(&settings, &path)?;
    let (rows, cols) = (map.classes.rows(), map.classes.cols());
    let bse = map.bse.map(|&grey| f32::from(grey));

    let began = Instant::now();
    let prepared_ct = PreparedCt::new(&ct, &Compute::Cpu)?;
    let prepared = began.elapsed().as_secs_f64();
    let input = MapInput {
        name: "section",
        classes: &map.classes,
        minerals: scene.minerals(),
        bse: Some(&bse),
        pixel_size_um: settings.maps.pixel_um,
        whereabouts: None,
    };
    let found = register(
        &prepared_ct,
        &input,
        &Settings::default(),
        seed,
        &Clock(began),
    )?;
    let coords = found.coords(rows, cols);
    let error = registration_error(coords.each_ref(), map.coords_vox.each_ref())?;
    println!(
        "{cols} x {rows} pixels, {} particles in the volume, tilt {:.1} degrees: {:?}, {}",
        scene.particle_count(),
        map.ct_from_map.tilt_deg(),
        found.status,
        found.reason,
    );
    println!(
        "TRE {:.2} voxels (stated {:.2}); {prepared:.1} s for the volume, {:.1} s for the map, \
         peak memory {}",
        error.mean_vox,
        found.uncertainty_vox,
        found.seconds,
        peak_memory(),
    );
    Ok(())
}

/// Prints when each step begins.
struct Clock(Instant);

impl Progress for Clock {
    fn start(&self, step: &str, _length: u64) {
        println!("{:6.1} s  {step}", self.0.elapsed().as_secs_f64());
    }
    fn advance(&self, _by: u64) {}
    fn remark(&self, _text: &str) {}
    fn finish(&self) {
        println!("{:6.1} s", self.0.elapsed().as_secs_f64());
    }
    fn is_cancelled(&self) -> bool {
        false
    }
}

/// Writes the CT volume slab by slab.
fn make(scene: &Scene, path: &str) -> std::io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    for from in (0..SHAPE[0]).step_by(SLAB) {
        let slab = scene.slab(from..(from + SLAB).min(SHAPE[0]));
        let bytes: Vec<u8> = slab.ct.iter().flat_map(|g| g.to_le_bytes()).collect();
        file.write_all(&bytes)?;
    }
    file.flush()
}

fn read(settings: &PhantomSettings, path: &str) -> Result<Volume<u16>, Box<dyn std::error::Error>> {
    let mut file = BufReader::new(File::open(path)?);
    let mut ct = Volume::filled(SHAPE, settings.spacing(), 0u16);
    let mut bytes = vec![0u8; 2 * SHAPE[1] * SHAPE[2]];
    for slice in ct.data_mut().chunks_mut(SHAPE[1] * SHAPE[2]) {
        file.read_exact(&mut bytes)?;
        for (grey, pair) in slice.iter_mut().zip(bytes.chunks_exact(2)) {
            *grey = u16::from_le_bytes([pair[0], pair[1]]);
        }
    }
    Ok(ct)
}

/// Largest resident set so far, as the kernel tells it (Linux), or a dash.
fn peak_memory() -> String {
    std::fs::read_to_string("/proc/self/status")
        .ok()
        .and_then(|status| {
            let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
            Some(line.trim().to_owned())
        })
        .unwrap_or_else(|| "-".to_owned())
}
