use corelith_core::Volume;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::Fields;

/// Steps of a voxel that heights are summed in: whole numbers, so that the sum is the same in
/// whatever order threads add.
const STEPS: f32 = 256.0;

/// Where two regions touch.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Contact {
    /// Height of the highest way across.
    pub(super) saddle: f32,
    /// Distance to resin there at most, in halves of a voxel.
    pub(super) widest: u8,
    /// Voxel faces.
    pub(super) faces: u64,
    height_steps: u64,
}

impl Contact {
    /// Both as one.
    pub(super) fn union(self, other: Self) -> Self {
        Self {
            saddle: self.saddle.max(other.saddle),
            widest: self.widest.max(other.widest),
            faces: self.faces + other.faces,
            height_steps: self.height_steps + other.height_steps,
        }
    }

    /// Mean height at the faces; the saddle where they meet at edges alone.
    pub(super) fn mean_height(&self) -> f32 {
        match self.faces {
            0 => self.saddle,
            faces => self.height_steps as f32 / (STEPS * faces as f32),
        }
    }
}

/// Contacts by the two regions, the lower number first.
pub(super) type Contacts = FxHashMap<(u32, u32), Contact>;

fn add(contacts: &mut Contacts, regions: (u32, u32), contact: Contact) {
    let known = contacts.entry(regions).or_default();
    *known = known.union(contact);
}

/// The contacts of regions.
pub(super) fn contacts(regions: &Volume<u32>, fields: &Fields<'_>) -> Contacts {
    let [nz, ny, nx] = regions.shape();
    let labels = regions.data();
    (0..nz)
        .into_par_iter()
        .fold(Contacts::default, |mut found, z| {
            for y in 0..ny {
                let here = (z * ny + y) * nx;
                for (dy, dz) in [(0isize, 0usize), (1, 0), (-1, 1), (0, 1), (1, 1)] {
                    let Some(to) = y
                        .checked_add_signed(dy)
                        .filter(|&to| to < ny && z + dz < nz)
                    else {
                        continue;
                    };
                    let there = ((z + dz) * ny + to) * nx;
                    let shifts = if (dy, dz) == (0, 0) {
                        1..=1isize
                    } else {
                        -1..=1
                    };
                    for dx in shifts {
                        let is_face = usize::from(dx != 0) + dy.unsigned_abs() + dz == 1;
                        for x in 0..nx {
                            let Some(other) = x.checked_add_signed(dx).filter(|&o| o < nx) else {
                                continue;
                            };
                            let (a, b) = (here + x, there + other);
                            if labels[a] == labels[b] || labels[a] == 0 || labels[b] == 0 {
                                continue;
                            }
                            let pair = (labels[a].min(labels[b]), labels[a].max(labels[b]));
                            add(&mut found, pair, fields.contact((a, b), is_face));
                        }
                    }
                }
            }
            found
        })
        .reduce(Contacts::default, |mut a, mut b| {
            if a.len() < b.len() {
                std::mem::swap(&mut a, &mut b);
            }
            for (regions, contact) in b {
                add(&mut a, regions, contact);
            }
            a
        })
}

impl Fields<'_> {
    /// What two neighbouring voxels of different regions add to their contact.
    fn contact(&self, (a, b): (usize, usize), is_face: bool) -> Contact {
        let height = self.height.data();
        let saddle = height[a].min(height[b]);
        Contact {
            saddle,
            widest: self
                .distance
                .map_or(0, |distance| distance.data()[a].min(distance.data()[b])),
            faces: u64::from(is_face),
            height_steps: if is_face { (STEPS * saddle) as u64 } else { 0 },
        }
    }
}

#[cfg(test)]
mod tests {
    use corelith_core::Spacing;

    use super::*;

    #[test]
    fn contacts_know_their_faces_and_their_highest_way() {
        let spacing = Spacing::isotropic(1.0);
        let shape = [1, 2, 3];
        let labels = Volume::new(vec![1, 2, 0, 1, 2, 3], shape, spacing).unwrap();
        let height = Volume::new(vec![1.0, 2.0, 0.0, 5.0, 4.0, 3.0], shape, spacing).unwrap();
        let distance = Volume::new(vec![2, 4, 0, 10, 9, 7], shape, spacing).unwrap();
        let fields = Fields {
            height: &height,
            distance: Some(&distance),
        };
        let found = contacts(&labels, &fields);
        assert_eq!(found.len(), 2);
        let (first, second) = (found[&(1, 2)], found[&(2, 3)]);
        assert_eq!((first.saddle, first.faces, first.widest), (4.0, 2, 9));
        assert_eq!(first.mean_height(), 2.5);
        assert_eq!((second.saddle, second.faces, second.widest), (3.0, 1, 7));
        let both = first.union(second);
        assert_eq!((both.saddle, both.faces, both.widest), (4.0, 3, 9));
    }
}
