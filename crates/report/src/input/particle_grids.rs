use corelith_core::{Minerals, Volume};
use corelith_stats::Particle;
use corelith_stats::liberation::{LIBERATION_CLASSES, volume_liberation_class};

use super::{ParticleGrid, ParticleModel};

/// Room for all grids in the page, as text.
const ROOM_BYTES: usize = 4 << 20;
/// What a grid takes beside its labels.
const FRAME_BYTES: usize = 100;

/// The particles that can be turned on the page, by ascending id: those of the gallery, and as many
/// others as there is room for, spread over the liberation classes of the target and over size.
pub fn particle_grids(
    found: &[Particle],
    phases: &Volume<u8>,
    particles: &Volume<u32>,
    minerals: &Minerals,
    target: u8,
    gallery: &[ParticleModel],
) -> Vec<ParticleGrid> {
    let is_shown = |particle: &Particle| gallery.iter().any(|model| model.id == particle.id);
    let (shown, others): (Vec<&Particle>, Vec<&Particle>) = found.iter().partition(|p| is_shown(p));
    let others = spread(others, |particle| {
        volume_liberation_class(particle, target, minerals.background())
    });
    let mut room = ROOM_BYTES;
    let mut grids = Vec::new();
    for particle in shown.into_iter().chain(others) {
        let grid = ParticleGrid::of(phases, particles, particle);
        let bytes = grid.labels.len().div_ceil(3) * 4 + FRAME_BYTES;
        if bytes > room {
            break;
        }
        room -= bytes;
        grids.push(grid);
    }
    grids.sort_by_key(|grid| grid.id);
    grids
}

/// One particle of each class in turn, those without a class last among them; in a class whole ones
/// before cut ones, and of each kind every beginning of the sequence is spread over the sizes.
fn spread(
    particles: Vec<&Particle>,
    class_of: impl Fn(&Particle) -> Option<usize>,
) -> Vec<&Particle> {
    let mut classes = vec![Vec::new(); LIBERATION_CLASSES + 1];
    for particle in particles {
        classes[class_of(particle).unwrap_or(LIBERATION_CLASSES)].push(particle);
    }
    let longest = classes.iter().map(Vec::len).max().unwrap_or(0);
    let classes: Vec<Vec<&Particle>> = classes.into_iter().map(by_size).collect();
    (0..longest)
        .flat_map(|place| classes.iter().filter_map(move |class| class.get(place)))
        .copied()
        .collect()
}

/// Whole ones before cut ones.
fn by_size(class: Vec<&Particle>) -> Vec<&Particle> {
    let (cut, whole): (Vec<_>, Vec<_>) = class.into_iter().partition(|p| p.touches_border);
    [whole, cut]
        .into_iter()
        .flat_map(spread_over_sizes)
        .collect()
}

/// Ranks of size, the largest first, in the order of van der Corput's sequence: their bits reversed.
fn spread_over_sizes(mut particles: Vec<&Particle>) -> Vec<&Particle> {
    particles.sort_by(|a, b| b.voxels.cmp(&a.voxels).then(a.id.cmp(&b.id)));
    let mut ranked: Vec<(usize, &Particle)> = particles.into_iter().enumerate().collect();
    ranked.sort_by_key(|(rank, _)| rank.reverse_bits());
    ranked.into_iter().map(|(_, particle)| particle).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// One whose voxels are all of class 2.
    pub fn particle(id: u32, voxels: u64, touches_border: bool) -> Particle {
        Particle {
            id,
            centroid_um: [0.0; 3],
            bounds_vox: [[0; 3]; 2],
            voxels,
            volume_um3: voxels as f64,
            equivalent_diameter_um: 1.0,
            surface_um2: 1.0,
            sphericity: 1.0,
            feret_max_um: 1.0,
            feret_min_um: 1.0,
            elongation: 1.0,
            flatness: 1.0,
            solidity: 1.0,
            touches_border,
            doubtful: false,
            edge_weight: 1.0,
            mineral_voxels: vec![0, 0, voxels],
            mineral_surface_um2: vec![0.0; 3],
            interface_um2: vec![0.0; 9],
        }
    }

    #[test]
    fn every_class_and_size_comes_early_and_none_twice() {
        // Class 3 holds one particle, class 5 the others; the largest have the lowest ids.
        let found: Vec<Particle> = (0..65)
            .map(|i| particle(i, u64::from(100 - i), i % 2 == 1))
            .collect();
        let class = |p: &Particle| (p.id != 40).then_some(5).or(Some(3));
        let order: Vec<u32> = spread(found.iter().collect(), class)
            .iter()
            .map(|p| p.id)
            .collect();
        assert!(order[..2].contains(&40));
        let early = &order[..9];
        assert!(
            early.iter().all(|id| id % 2 == 0),
            "whole ones first: {early:?}"
        );
        for eighth in 0..4 {
            let sizes = 16 * eighth..16 * (eighth + 1);
            assert!(
                early.iter().any(|id| sizes.contains(id)),
                "{sizes:?} in {early:?}"
            );
        }
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..65).collect::<Vec<_>>());
    }
}
