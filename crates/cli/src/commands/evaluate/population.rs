//! A population of phantom particles with their sections, to draw samples from.

use corelith_core::{Minerals, Progress, Silent, Volume, seed_of};
use corelith_phantom::{Numbering, PhantomSettings, Scene};
use corelith_stats::Particle;
use corelith_stats::measure::measure;
use corelith_stats::stereology::{self, Profile, random_profiles};
use rand::{RngExt as _, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Voxels of one scene, `[nz, ny, nx]`.
const SHAPE_VOX: [usize; 3] = [96, 144, 144];
/// Random planes through each scene.
const PLANES: u32 = 300;
/// Random planes of the drawn sample on which each particle stands in for a measured map.
const MAPS: usize = 3;

/// Whole particles, each with its profiles on the planes through its scene.
pub struct Population {
    /// The mineral list of the phantoms.
    pub minerals: Minerals,
    members: Vec<(Particle, Vec<Profile>)>,
}

/// Particles and their profiles.
pub struct Drawn {
    /// Ids from 1.
    pub particles: Vec<Particle>,
    /// Profiles on a few planes.
    pub maps: Vec<Profile>,
    /// Profiles on all the others.
    pub random: Vec<Profile>,
}

impl Population {
    /// Takes the whole particles of that many phantoms; those that a face cuts are left out.
    ///
    /// # Errors
    /// Those of the phantoms and of the measuring, or when the user asks to stop.
    pub fn of_phantoms(scenes: u64, seed: u64, progress: &dyn Progress) -> anyhow::Result<Self> {
        let settings = PhantomSettings {
            shape_vox: SHAPE_VOX,
            ..PhantomSettings::default()
        }
        .with_minerals(3);
        let sections = stereology::Settings {
            random_sections: PLANES,
            ..stereology::Settings::default()
        };
        let minerals = settings.mineral_list()?;
        let mut members = Vec::new();
        progress.start("phantoms", scenes);
        for index in 0..scenes {
            progress.check()?;
            let scene = Scene::new(&settings, seed_of(seed, &format!("scene {index}")), &Silent)?;
            let mut slab = scene.slab(0..SHAPE_VOX[0]);
            Numbering::new(scene.particle_count()).apply(&mut slab.particles);
            let mut phases = Volume::filled(SHAPE_VOX, settings.spacing(), 0u8);
            phases.data_mut().copy_from_slice(&slab.phases);
            let mut labels = Volume::filled(SHAPE_VOX, settings.spacing(), 0u32);
            labels.data_mut().copy_from_slice(&slab.particles);
            let found = measure(&labels, &phases, &minerals, &Default::default(), &Silent)?;
            let planes_seed = seed_of(seed, &format!("planes {index}"));
            let profiles =
                random_profiles(&phases, &labels, &minerals, &sections, planes_seed, &Silent)?;
            let first = members.len();
            members.extend(found.iter().map(|p| (p.clone(), Vec::new())));
            for profile in profiles.into_iter().filter(|p| p.particle > 0) {
                members[first + profile.particle as usize - 1]
                    .1
                    .push(profile);
            }
            progress.advance(1);
        }
        progress.finish();
        members.retain(|(particle, _)| !particle.touches_border);
        Ok(Self { minerals, members })
    }

    /// Number of particles.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Every particle once, with all its profiles as both kinds: the truth.
    pub fn all(&self) -> Drawn {
        let mut drawn = Drawn::empty();
        for member in &self.members {
            drawn.push(member, |_| true, |_| true);
        }
        drawn
    }

    /// `particles` of them with replacement. Each is cut by [`MAPS`] planes as measured maps do
    /// and by as many random ones as the population has.
    pub fn sample(&self, particles: usize, random: &mut ChaCha8Rng) -> Drawn {
        let mut drawn = Drawn::empty();
        for _ in 0..particles {
            let member = &self.members[random.random_range(0..self.members.len())];
            let maps: [u32; MAPS] = std::array::from_fn(|_| random.random_range(0..PLANES));
            drawn.push(member, |plane| maps.contains(&plane), |_| true);
        }
        drawn
    }
}

impl Drawn {
    fn empty() -> Self {
        Self {
            particles: Vec::new(),
            maps: Vec::new(),
            random: Vec::new(),
        }
    }

    fn push(
        &mut self,
        (particle, profiles): &(Particle, Vec<Profile>),
        on_maps: impl Fn(u32) -> bool,
        on_random: impl Fn(u32) -> bool,
    ) {
        let id = self.particles.len() as u32 + 1;
        let mut particle = particle.clone();
        particle.id = id;
        self.particles.push(particle);
        for profile in profiles {
            let mut profile = profile.clone();
            profile.particle = id;
            // No map has an edge here: the truth is that of uncut sections.
            profile.is_cut = false;
            profile.frame_weight = 1.0;
            if on_maps(profile.section) {
                self.maps.push(profile.clone());
            }
            if on_random(profile.section) {
                self.random.push(profile);
            }
        }
    }
}

/// The random numbers of one sample of a study.
pub fn generator(seed: u64, sample: u64) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed_of(seed, "samples"));
    random.set_stream(sample);
    random
}
