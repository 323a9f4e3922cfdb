//! Touching particles apart: by the network's depth or by the mask alone, whichever parts the
//! sections of the maps better.

use corelith_core::{PlacedMap, Progress, SliceSource as _, Volume, Within};
use corelith_gpu::Compute;
use corelith_stats::agreement::{PartedBy, SectionAgreement, SeparationCheck};
use corelith_stats::imaging::separation::{
    DepthNetwork, Separated, Settings, ids_at, separate_on, separate_with_doubts,
};
use corelith_stats::stereology::Section;
use rayon::prelude::*;

use super::networks::Seen;
use crate::Error;

/// By how much sections must overlap more without the network for it to be left out: half of what one
/// section in a hundred makes that is parted wrongly in the middle. Less is a matter of rims, and the
/// network knows what touching particles look like.
const LEAD: f64 = 0.005;

/// How far beyond a map the volume is parted to judge by it, voxels: particles that reach further
/// are cut alike for both ways.
const MARGIN_VOX: usize = 48;

/// Slices that are read back in one go.
const SLAB_SLICES: usize = 16;

/// What is taken apart into particles.
pub struct Solid<'a> {
    /// 1 where there is a mineral.
    pub mask: Volume<u8>,
    /// How deep every block of voxels lies in its own particle, where a network tells.
    pub depth: Option<&'a Volume<f32>>,
    /// Row of the mineral list that is no mineral.
    pub background: u8,
}

impl<'a> Solid<'a> {
    /// That of what the networks have seen.
    ///
    /// # Errors
    /// When what waits on the disk cannot be read.
    pub fn of(seen: &'a Seen) -> Result<Self, Error> {
        let [depth, height, width] = seen.phases.shape();
        let mut mask = Volume::filled([depth, height, width], seen.phases.spacing(), 0);
        let slab = (SLAB_SLICES * height * width).max(1);
        for (i, mask) in mask.data_mut().chunks_mut(slab).enumerate() {
            let slices = i * SLAB_SLICES..((i + 1) * SLAB_SLICES).min(depth);
            let phases = seen.phases.read(slices)?;
            mask.par_iter_mut()
                .zip(&*phases)
                .for_each(|(inside, &class)| *inside = u8::from(class != seen.background));
        }
        Ok(Self {
            mask,
            depth: seen.depth.as_ref(),
            background: seen.background,
        })
    }
}

/// Particles and what is known of them.
pub struct Particles {
    /// Particle of every voxel, 1 to N; 0 is none.
    pub labels: Volume<u32>,
    /// Positions of the innermost voxels of doubtful particles ([`Separated::doubtful`]).
    doubtful: Vec<usize>,
    parted_by: PartedBy,
    agreement: SectionAgreement,
    other: Option<SectionAgreement>,
}

impl Particles {
    /// How well they agree with the maps, and which of them are doubtful, by the numbers that they
    /// have now.
    pub fn check(&self) -> SeparationCheck {
        SeparationCheck {
            parted_by: self.parted_by,
            agreement: self.agreement,
            other: self.other,
            doubtful: ids_at(&self.doubtful, &self.labels),
        }
    }
}

/// Takes touching particles apart.
///
/// # Errors
/// Those of [`separate_on`] and of labelling the maps.
pub fn particles(
    solid: Solid<'_>,
    maps: &[&PlacedMap],
    settings: &Settings,
    compute: &Compute,
    progress: &dyn Progress,
) -> Result<Particles, Error> {
    let (parted_by, other) = match (solid.depth, settings.network == DepthNetwork::Auto) {
        (None, _) => (PartedBy::Mask, None),
        (Some(_), false) => (PartedBy::Network, None),
        (Some(_), true) => choose(&solid, maps, settings, compute, progress)?,
    };
    let depth = solid.depth.filter(|_| parted_by == PartedBy::Network);
    let Separated {
        particles: labels,
        doubtful,
    } = separate_with_doubts(compute, solid.mask, depth, settings, progress)?;
    Ok(Particles {
        agreement: agreement(maps, &labels, solid.background)?,
        labels,
        doubtful,
        parted_by,
        other,
    })
}

/// The better way to part particles, and the agreement of the other one.
fn choose(
    solid: &Solid<'_>,
    maps: &[&PlacedMap],
    settings: &Settings,
    compute: &Compute,
    progress: &dyn Progress,
) -> Result<(PartedBy, Option<SectionAgreement>), Error> {
    let mut found = [SectionAgreement::default(); 2];
    for map in maps {
        let Some(part) = Part::about(map, solid.mask.shape()) else {
            continue;
        };
        let map = part.shifted(map);
        for (sum, depth) in found.iter_mut().zip([solid.depth, None]) {
            let labels = separate_on(
                compute,
                part.of(&solid.mask),
                depth.map(|depth| part.of_blocks(depth)).as_ref(),
                settings,
                &Within(progress),
            )?;
            *sum = sum.with(agreement(&[&map], &labels, solid.background)?);
        }
    }
    let [network, mask] = found;
    Ok(match (network.mean_overlap(), mask.mean_overlap()) {
        (Some(by_network), Some(by_mask)) if by_mask > by_network + LEAD => {
            (PartedBy::Mask, Some(network))
        }
        (Some(_), Some(_)) => (PartedBy::Network, Some(mask)),
        _ => (PartedBy::Network, None),
    })
}

/// How well particles agree with the sections of some maps.
fn agreement(
    maps: &[&PlacedMap],
    labels: &Volume<u32>,
    background: u8,
) -> Result<SectionAgreement, Error> {
    let mut sum = SectionAgreement::default();
    for map in maps {
        let section = Section::measured(map, labels)?;
        sum = sum.with(SectionAgreement::of(&section, background)?);
    }
    Ok(sum)
}

/// A part of the volume about a map; it starts at even voxels, so that blocks stay whole.
struct Part {
    start: [usize; 3],
    shape: [usize; 3],
}

impl Part {
    /// None where no pixel lies in the volume.
    fn about(map: &PlacedMap, volume: [usize; 3]) -> Option<Self> {
        let [mut start, mut shape] = [[0; 3]; 2];
        // Coordinates are x, y, z.
        for (axis, coords) in map.coords_vox.iter().rev().enumerate() {
            let inside = |&&at: &&f32| at >= 0.0 && at <= volume[axis] as f32 - 1.0;
            let within = coords.data().iter().filter(inside);
            let (low, high) = within.fold((f32::INFINITY, f32::NEG_INFINITY), |range, &at| {
                (range.0.min(at), range.1.max(at))
            });
            if low > high {
                return None;
            }
            start[axis] = (low as usize).saturating_sub(MARGIN_VOX) / 2 * 2;
            shape[axis] = (high.ceil() as usize + MARGIN_VOX).min(volume[axis]) - start[axis];
        }
        Some(Self { start, shape })
    }

    fn of<T: Copy>(&self, volume: &Volume<T>) -> Volume<T> {
        cut(volume, self.start, self.shape)
    }

    fn of_blocks(&self, blocks: &Volume<f32>) -> Volume<f32> {
        cut(
            blocks,
            self.start.map(|n| n / 2),
            self.shape.map(|n| n.div_ceil(2)),
        )
    }

    fn shifted(&self, map: &PlacedMap) -> PlacedMap {
        let mut map = map.clone();
        for (coords, start) in map.coords_vox.iter_mut().rev().zip(self.start) {
            for at in coords.data_mut() {
                *at -= start as f32;
            }
        }
        map
    }
}

fn cut<T: Copy>(volume: &Volume<T>, [z0, y0, x0]: [usize; 3], shape: [usize; 3]) -> Volume<T> {
    Volume::from_fn(shape, volume.spacing(), |x, y, z| {
        volume.at(x + x0, y + y0, z + z0)
    })
}

#[cfg(test)]
mod tests {
    use corelith_core::{Raster, Silent, Spacing};

    use super::*;

    #[test]
    fn a_part_lies_about_its_map_and_starts_at_even_voxels() {
        let map = PlacedMap {
            name: "map".to_owned(),
            classes: Raster::filled(4, 4, 1),
            coords_vox: [
                Raster::filled(4, 4, 60.5),
                Raster::filled(4, 4, 10.0),
                Raster::filled(4, 4, -3.0),
            ],
            pixel_um: 1.0,
        };
        assert!(Part::about(&map, [200; 3]).is_none(), "above the volume");
        let mut inside = map;
        inside.coords_vox[2] = Raster::filled(4, 4, 99.0);
        let part = Part::about(&inside, [120, 200, 200]).unwrap();
        assert_eq!(part.start, [50, 0, 12]);
        assert_eq!(part.shape, [70, 58, 97]);
        let shifted = part.shifted(&inside);
        assert_eq!(shifted.coords_vox.map(|c| c.at(0, 0)), [48.5, 10.0, 49.0]);
    }

    /// Bars of solid, each a particle, which a network takes for two.
    #[test]
    fn a_network_that_parts_too_much_is_not_gone_by() {
        let shape = [24, 96, 48];
        let solid = |x: usize, y: usize, z: usize| {
            u8::from((4..20).contains(&z) && (4..44).contains(&x) && y % 24 >= 6)
        };
        let mask = Volume::from_fn(shape, Spacing::isotropic(1.0), solid);
        // Depth as if each bar were cut in its middle.
        let depth = Volume::from_fn([12, 48, 24], Spacing::isotropic(2.0), |x, _, _| {
            (2 * x).abs_diff(24) as f32 / 2.0
        });
        let map = PlacedMap {
            name: "map".to_owned(),
            classes: Raster::from_fn(96, 48, |x, y| solid(x, y, 12)),
            coords_vox: [
                Raster::from_fn(96, 48, |x, _| x as f32),
                Raster::from_fn(96, 48, |_, y| y as f32),
                Raster::filled(96, 48, 12.0),
            ],
            pixel_um: 1.0,
        };
        let by = |network: DepthNetwork| {
            let settings = Settings {
                network,
                ..Settings::default()
            };
            particles(
                Solid {
                    mask: mask.clone(),
                    depth: Some(&depth),
                    background: 0,
                },
                &[&map],
                &settings,
                &Compute::Cpu,
                &Silent,
            )
            .unwrap()
        };
        let (auto, network) = (by(DepthNetwork::Auto), by(DepthNetwork::Pretrained));
        assert_eq!(network.parted_by, PartedBy::Network);
        assert_eq!(auto.parted_by, PartedBy::Mask, "{}", auto.check());
        assert_eq!(auto.labels.data().iter().max(), Some(&4));
        let overlap = |found: &Particles| found.agreement.mean_overlap().unwrap();
        assert!(overlap(&auto) > overlap(&network) + 0.2, "{}", auto.check());
    }
}
