use corelith_core::{Progress, Volume};

use super::runs::Runs;
use super::{Components, ComponentsError, Connectivity, Values, Voxel};

/// Labels the connected components of `volume` on the processor, with rayon's threads.
///
/// Zero is background. The volume is cut into slabs; each thread packs the rows of its slab into
/// bits, finds the runs of foreground there and joins those that touch with a union-find over runs
/// (He, Chao and Suzuki 2008); with 26 neighbours, and values that do not matter, 2 x 2 rows share
/// their runs. Seams are joined afterwards.
///
/// # Errors
/// When there are more components than `u32` can number, or when the user asked to stop.
///
/// # Examples
/// ```
/// use corelith_core::{Silent, Spacing, Volume};
/// use corelith_stats::imaging::components::{Connectivity, Values, label};
///
/// let volume = Volume::new(vec![1u8, 0, 1, 1], [1, 1, 4], Spacing::isotropic(1.0)).unwrap();
/// let found = label(&volume, Connectivity::Six, Values::Binary, &Silent).unwrap();
/// assert_eq!(found.labels.data(), [1, 0, 2, 2]);
/// assert_eq!(found.count, 2);
/// ```
pub fn label<T: Voxel>(
    volume: &Volume<T>,
    connectivity: Connectivity,
    values: Values,
    progress: &dyn Progress,
) -> Result<Components, ComponentsError> {
    Runs::of(volume, connectivity, values, progress)?.write(progress)
}

/// Like [`label`], but gives `volume` up before there are labels.
pub(super) fn label_taken<T: Voxel>(
    volume: Volume<T>,
    connectivity: Connectivity,
    values: Values,
    progress: &dyn Progress,
) -> Result<Components, ComponentsError> {
    let runs = Runs::of(&volume, connectivity, values, progress)?;
    drop(volume);
    runs.write(progress)
}

#[cfg(test)]
mod tests {
    use corelith_core::{Silent, Spacing};
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    const ALL: [Connectivity; 3] = [
        Connectivity::Six,
        Connectivity::Eighteen,
        Connectivity::TwentySix,
    ];

    /// Flood fill: slow, and obviously right.
    fn flood(volume: &Volume<u8>, connectivity: Connectivity, values: Values) -> (Vec<u32>, u32) {
        let [nz, ny, nx] = volume.shape();
        let far = match connectivity {
            Connectivity::Six => 1,
            Connectivity::Eighteen => 2,
            Connectivity::TwentySix => 3,
        };
        let mut labels = vec![0; volume.len()];
        let mut count = 0;
        for seed in 0..volume.len() {
            if volume.data()[seed] == 0 || labels[seed] != 0 {
                continue;
            }
            count += 1;
            labels[seed] = count;
            let mut open = vec![seed];
            while let Some(at) = open.pop() {
                let (x, y, z) = (at % nx, at / nx % ny, at / nx / ny);
                for offset in 0..27i32 {
                    let (dx, dy, dz) = (offset % 3 - 1, offset / 3 % 3 - 1, offset / 9 - 1);
                    if dx.abs() + dy.abs() + dz.abs() > far {
                        continue;
                    }
                    let (Some(x), Some(y), Some(z)) = (
                        x.checked_add_signed(dx as isize).filter(|&x| x < nx),
                        y.checked_add_signed(dy as isize).filter(|&y| y < ny),
                        z.checked_add_signed(dz as isize).filter(|&z| z < nz),
                    ) else {
                        continue;
                    };
                    let to = volume.index(x, y, z);
                    let joins = match values {
                        Values::Binary => volume.data()[to] != 0,
                        Values::Multi => volume.data()[to] == volume.data()[at],
                    };
                    if joins && labels[to] == 0 {
                        labels[to] = count;
                        open.push(to);
                    }
                }
            }
        }
        (labels, count)
    }

    fn assert_like_flood(volume: &Volume<u8>) {
        for connectivity in ALL {
            for values in [Values::Binary, Values::Multi] {
                let found = label(volume, connectivity, values, &Silent).unwrap();
                let (labels, count) = flood(volume, connectivity, values);
                let what = format!("{:?} {connectivity:?} {values:?}", volume.shape());
                assert_eq!(found.count, count, "{what}");
                assert!(found.labels.data() == labels, "{what}: other labels");
            }
        }
    }

    #[test]
    fn random_volumes_of_every_density_and_shape() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        for shape in [
            [9, 7, 150],
            [40, 11, 5],
            [1, 30, 70],
            [23, 1, 64],
            [17, 33, 1],
        ] {
            for density in [0.02, 0.1, 0.3, 0.5, 0.7, 0.95] {
                for classes in [1u8, 2, 4] {
                    assert_like_flood(&Volume::from_fn(
                        shape,
                        Spacing::isotropic(1.0),
                        |_, _, _| {
                            let set = random.random_bool(density);
                            u8::from(set) * random.random_range(1..=classes)
                        },
                    ));
                }
            }
        }
    }

    #[test]
    fn empty_full_and_chequered_volumes() {
        let spacing = Spacing::isotropic(1.0);
        for shape in [[0, 4, 4], [4, 0, 4], [4, 4, 0]] {
            let found = label(
                &Volume::filled(shape, spacing, 1u8),
                Connectivity::Six,
                Values::Binary,
                &Silent,
            )
            .unwrap();
            assert_eq!(found.count, 0);
        }
        assert_like_flood(&Volume::filled([5, 6, 67], spacing, 0));
        assert_like_flood(&Volume::filled([5, 6, 67], spacing, 3));
        assert_like_flood(&Volume::filled([1, 1, 1], spacing, 1));
        assert_like_flood(&Volume::from_fn([12, 13, 66], spacing, |x, y, z| {
            ((x + y + z) % 2) as u8
        }));
    }

    #[test]
    fn more_components_than_sixteen_bits_number() {
        let volume = Volume::from_fn([64, 64, 64], Spacing::isotropic(1.0), |x, y, z| {
            ((x + y + z) % 2) as u16
        });
        let found = label(&volume, Connectivity::Six, Values::Binary, &Silent).unwrap();
        assert_eq!(found.count, 131_072);
        let joined = label(&volume, Connectivity::Eighteen, Values::Binary, &Silent).unwrap();
        assert_eq!(joined.count, 1);
    }

    #[test]
    fn threads_do_not_change_the_labels() {
        let mut random = ChaCha8Rng::seed_from_u64(2);
        let volume = Volume::from_fn([50, 20, 70], Spacing::isotropic(1.0), |_, _, _| {
            random.random_range(0..3u8)
        });
        let with = |threads: usize| {
            rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap()
                .install(|| label(&volume, Connectivity::TwentySix, Values::Multi, &Silent))
                .unwrap()
        };
        assert!(with(1) == with(3));
    }
}
