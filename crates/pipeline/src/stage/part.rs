//! A volume seen, or measured, in parts, so that several machines share the work: what they find is
//! joined, and equals what one machine finds to the last bit.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::str::FromStr;

use serde::Serialize;

use crate::resume::{Stage, StageRecord, standing, up_to_date};
use crate::{Context, Error};

/// One of the parts of equal height that a volume is cut into along z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Part {
    /// How many parts there are, at least 1.
    of: usize,
    /// Which of them it is, from 1.
    number: usize,
}

/// What is done in parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parted {
    /// The networks see the volume.
    Segmentation,
    /// Particles are added up.
    Measurement,
}

impl Parted {
    /// Folder of all parts, relative to the results.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Segmentation => "segmentation/parts",
            Self::Measurement => "measurement_parts",
        }
    }
}

/// Why a text names no part.
#[derive(Debug, thiserror::Error)]
#[error("expected the number of a part and how many there are, such as 2/4")]
pub struct NoPart;

impl Part {
    /// The volume as a whole.
    pub const WHOLE: Self = Self { of: 1, number: 1 };

    /// This part and its companions, in order.
    pub fn all(self) -> impl Iterator<Item = Self> {
        let of = self.of;
        (1..=of).map(move |number| Self { of, number })
    }

    /// Which of `count` slices it has.
    pub fn slices(self, count: usize) -> Range<usize> {
        (self.number - 1) * count / self.of..self.number * count / self.of
    }

    /// Checks that a volume of `slices`, which can be cut into `most` parts, is not cut into more.
    ///
    /// # Errors
    /// [`Error::TooManyParts`].
    pub fn check(self, slices: usize, most: usize) -> Result<(), Error> {
        if self.of > most {
            return Err(Error::TooManyParts {
                parts: self.of,
                slices,
                most,
            });
        }
        Ok(())
    }

    /// Where its results are, relative to those of the sample.
    pub fn folder(self, parted: Parted) -> PathBuf {
        PathBuf::from(parted.folder()).join(format!("{}-of-{}", self.number, self.of))
    }

    /// Name of a stage that is about it, which is the name of a file, too.
    pub fn stage_name(self, kind: &str) -> String {
        format!("{kind} {} of {}", self.number, self.of)
    }
}

/// What a kind of stage makes of every part, in order, where one of them stands already: the missing
/// ones are done now. None where no part stands.
///
/// # Errors
/// Those of the stages.
pub(super) fn of_all_parts<S: Stage>(
    kind: &str,
    stage: impl Fn(Part) -> S,
    context: &Context<'_>,
) -> Result<Option<Vec<S::Outputs>>, Error> {
    let begun = StageRecord::names(context.out, kind);
    let stand = begun.iter().filter_map(|name| {
        // As its record is named.
        let part: Part = name.replace(" of ", "/").parse().ok()?;
        standing(&stage(part), context).is_some().then_some(part)
    });
    let Some(part) = stand.max() else {
        return Ok(None);
    };
    let outputs = part.all().map(|part| up_to_date(&stage(part), context));
    outputs.collect::<Result<_, _>>().map(Some)
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
