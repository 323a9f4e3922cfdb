//! A volume seen in parts, so that several machines share the work: what they see is joined, and
//! equals what one machine sees to the last voxel.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::str::FromStr;

use serde::Serialize;

/// One of the parts of equal height that a volume is cut into along z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Part {
    /// How many parts there are, at least 1.
    of: usize,
    /// Which of them it is, from 1.
    number: usize,
}

/// Why a text names no part.
#[derive(Debug, thiserror::Error)]
#[error("expected the number of a part and how many there are, such as 2/4")]
pub struct NoPart;

impl Part {
    /// The volume as a whole.
    pub const WHOLE: Self = Self { of: 1, number: 1 };

    /// How many parts there are.
    pub fn of(self) -> usize {
        self.of
    }

    /// This part and its companions, in order.
    pub fn all(self) -> impl Iterator<Item = Self> {
        let of = self.of;
        (1..=of).map(move |number| Self { of, number })
    }

    /// Which of `count` slices it has.
    pub fn slices(self, count: usize) -> Range<usize> {
        (self.number - 1) * count / self.of..self.number * count / self.of
    }

    /// Where its results are, relative to those of the sample.
    pub fn folder(self) -> PathBuf {
        PathBuf::from(Self::FOLDER).join(format!("{}-of-{}", self.number, self.of))
    }

    /// Name of a stage that is about it, which is the name of a file, too.
    pub fn stage_name(self, kind: &str) -> String {
        format!("{kind} {} of {}", self.number, self.of)
    }

    /// Folder of all parts, relative to the results.
    pub const FOLDER: &str = "segmentation/parts";
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl FromStr for Part {
    type Err = NoPart;

    fn from_str(text: &str) -> Result<Self, NoPart> {
        let (number, of) = text.split_once('/').ok_or(NoPart)?;
        let [number, of] = [number, of].map(str::parse::<usize>);
        let (number, of) = (number.map_err(|_| NoPart)?, of.map_err(|_| NoPart)?);
        if number == 0 || number > of {
            return Err(NoPart);
        }
        Ok(Self { of, number })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_numbered_from_one() {
        for part in ["1/1", "2/4", "4/4"] {
            assert_eq!(part.parse::<Part>().unwrap().to_string(), part);
        }
        for text in ["", "2", "0/4", "5/4", "0/0", "-1/4", "1/4/2", "a/b"] {
            assert!(text.parse::<Part>().is_err(), "{text}");
        }
    }

    #[test]
    fn parts_follow_each_other() {
        let part: Part = "1/7".parse().unwrap();
        let ends: Vec<Range<usize>> = part.all().map(|part| part.slices(17)).collect();
        assert_eq!((ends[0].start, ends[6].end), (0, 17));
        assert!(ends.windows(2).all(|pair| pair[0].end == pair[1].start));
        assert!(ends.iter().all(|slices| !slices.is_empty()));
        assert_eq!(Part::WHOLE.slices(17), 0..17);
    }
}
