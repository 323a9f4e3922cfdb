//! Slices that alternate: pages of several channels without a word of them, or another order.

use std::collections::VecDeque;

/// Pixels of a slice that are compared.
const PIXELS: usize = 1 << 13;

/// Channels that may take turns.
const CHANNELS_MAX: usize = 4;

/// Fewer slices a channel tell nothing.
const SLICES_MIN: usize = 4;

/// Slices of one channel differ by less than this part of what neighbours do. In a scan slices differ
/// the more the further apart they are.
const PART_MAX: f64 = 0.7;

/// By how much slices differ from those a few further on.
#[derive(Debug, PartialEq)]
pub(super) struct Turns {
    /// Distance of the pixels that are compared.
    step: usize,
    /// Those of the last slices, the last one first.
    recent: VecDeque<Vec<u16>>,
    slices: usize,
    /// Sums of differences, of neighbours first.
    sums: [u64; CHANNELS_MAX],
}

impl Turns {
    /// Of no slice yet; `shape` is `[nz, ny, nx]`.
    pub fn new([_, ny, nx]: [usize; 3]) -> Self {
        Self {
            // A step that is no multiple of rows goes through all columns.
            step: (ny * nx).div_ceil(PIXELS) | 1,
            recent: VecDeque::new(),
            slices: 0,
            sums: [0; CHANNELS_MAX],
        }
    }

    /// Adds the next slice.
    pub fn add(&mut self, slice: &[u16]) {
        let pixels: Vec<u16> = slice.iter().step_by(self.step).copied().collect();
        for (sum, earlier) in self.sums.iter_mut().zip(&self.recent) {
            let pairs = pixels.iter().zip(earlier);
            *sum += pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>();
        }
        self.recent.push_front(pixels);
        self.recent.truncate(CHANNELS_MAX);
        self.slices += 1;
    }

    /// How many slices on the next one is that is most like a slice, where it is not the next.
    pub fn period(&self) -> Option<usize> {
        let nz = self.slices;
        if nz < 2 * SLICES_MIN {
            return None;
        }
        let difference = |lag: usize| self.sums[lag - 1] as f64 / (nz - lag) as f64;
        let neighbours = difference(1);
        (2..=CHANNELS_MAX)
            .filter(|lag| nz >= lag * SLICES_MIN)
            .find(|lag| difference(*lag) < PART_MAX * neighbours)
    }
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
    use corelith_core::{Silent, Spacing, Volume};

    use super::super::gathered::Gathered;
    use super::super::phantom::{SHAPE, balls};
    use super::super::read::VolumeSource;
    use super::super::write::write_volume;

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

    fn period(volume: &Volume<u16>) -> Option<usize> {
        Gathered::of(volume).turns.period()
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
