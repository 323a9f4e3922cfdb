//! Slices that alternate: pages of several channels without a word of them, or another order.

use corelith_core::Volume;
use rayon::prelude::*;

/// Pixels of a slice that are compared.
const PIXELS: usize = 1 << 13;

/// Channels that may take turns.
const CHANNELS_MAX: usize = 4;

/// Fewer slices a channel tell nothing.
const SLICES_MIN: usize = 4;

/// Slices of one channel differ by less than this part of what neighbours do. In a scan slices differ
/// the more the further apart they are.
const PART_MAX: f64 = 0.7;

/// How many slices on the next one is that is most like a slice, where it is not the next.
pub(super) fn period(volume: &Volume<u16>) -> Option<usize> {
    let [nz, ny, nx] = volume.shape();
    let area = ny * nx;
    // A step that is no multiple of rows goes through all columns.
    let step = area.div_ceil(PIXELS) | 1;
    let difference = |lag: usize| -> f64 {
        let sums: Vec<u64> = (0..nz - lag)
            .into_par_iter()
            .map(|z| {
                let (a, b) = (volume.slice(z), volume.slice(z + lag));
                let pairs = a.iter().zip(b).step_by(step);
                pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum()
            })
            .collect();
        sums.iter().sum::<u64>() as f64 / (nz - lag) as f64
    };
    if nz < 2 * SLICES_MIN {
        return None;
    }
    let neighbours = difference(1);
    (2..=CHANNELS_MAX)
        .filter(|lag| nz >= lag * SLICES_MIN)
        .find(|lag| difference(*lag) < PART_MAX * neighbours)
}

/// A sentence on slices that alternate.
pub(super) fn note(period: usize, slices: usize) -> String {
    let channels = match slices % period {
        0 => format!(
            "{period} channels of {} slices each that take turns, whose description was lost, look \
             like that, ",
            slices / period
        ),
        _ => String::new(),
    };
    format!(
        "slices that are {period} apart resemble each other more than neighbours do: {channels}and \
         so does another order of slices. Save one channel as a file of its own (in Fiji, Image > \
         Stacks > Tools > Make Substack..., `1-{slices}-{period}`), or check the order"
    )
}

#[cfg(test)]
mod tests {
    use corelith_core::{Silent, Spacing};

    use super::super::phantom::{SHAPE, balls};
    use super::super::read::VolumeSource;
    use super::super::write::write_volume;
    use super::*;

    /// Slices of `channels` channels that take turns, each a function of the scan.
    fn in_turns(channels: &[fn(u16) -> u16]) -> Volume<u16> {
        let scan = balls(5);
        let n = channels.len();
        Volume::from_fn(
            [SHAPE[0] / n * n, SHAPE[1], SHAPE[2]],
            Spacing::isotropic(1.0),
            |x, y, z| channels[z % n](scan.at(x, y, z / n)),
        )
    }

    #[test]
    fn channels_that_take_turns_are_told_and_scans_are_not() {
        assert_eq!(period(&balls(5)), None);
        assert_eq!(period(&in_turns(&[|v| v, |v| u16::MAX - v])), Some(2));
        assert_eq!(period(&in_turns(&[|v| v, |v| v / 2])), Some(2));
        let three: [fn(u16) -> u16; 3] = [|v| v, |v| v / 2, |v| 7 * u16::from(v > 9000)];
        assert_eq!(period(&in_turns(&three)), Some(3));
        let flat = Volume::filled([40, 9, 9], Spacing::isotropic(1.0), 7);
        assert_eq!(period(&flat), None);
    }

    #[test]
    fn no_evening_is_advised_where_channels_take_turns() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ct.tif");
        write_volume(&path, &in_turns(&[|v| v, |v| u16::MAX - v]), &Silent).unwrap();
        let source = VolumeSource::open(&path).unwrap();
        let ct = source.read_ct(Spacing::isotropic(1.0), &Silent).unwrap();
        let told = ct.notes.concat();
        assert!(told.contains("2 channels of"), "{told}");
        assert!(!told.contains("`even") && !told.contains("(z)"), "{told}");
    }
}
