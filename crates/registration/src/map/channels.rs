use corelith_core::{Raster, UNMEASURED};
use rayon::prelude::*;

use crate::map::categories::Categories;
use crate::map::sections::Sections;
use crate::map::units::Units;

/// Knots of BSE grey nearer than this share of the range between the outer ones are one.
const KNOT_APART: f32 = 0.04;

/// What a map says of the grey that the CT should show, pixel by pixel: one image a category that
/// is 1 where the map shows it, and, with a BSE image, hat functions of its grey value.
///
/// A BSE image keeps edges in place where the classes of an automated analysis are rough, and its
/// grey rises with the mean atomic number as that of CT does, but not in proportion: hats with
/// their knots at the mean BSE grey of each category make the relation piecewise linear.
#[derive(Debug)]
pub(crate) struct Channels {
    pub rows: usize,
    pub cols: usize,
    pub images: Vec<Vec<f32>>,
    /// 1 where the map was measured, 0 elsewhere; nothing where all of it was.
    pub measured: Option<Vec<f32>>,
    /// How many of the images, the first, are categories.
    pub categories: usize,
    /// Which of them is the background.
    pub background: Option<u8>,
    pub sections: Sections,
    /// What votes for or against a pose.
    pub units: Units,
}

impl Channels {
    pub fn new(categories: &Categories, bse: Option<&Raster<f32>>, pixel_vox: f64) -> Self {
        let raster = &categories.raster;
        let mut images: Vec<Vec<f32>> = (0..categories.len() as u8)
            .into_par_iter()
            .map(|category| {
                let shown = |&c: &u8| f32::from(u8::from(c == category));
                raster.data().iter().map(shown).collect()
            })
            .collect();
        if let Some(bse) = bse {
            let mut hats = hats(bse.data(), &knots(categories, bse));
            for hat in &mut hats {
                for (value, &category) in hat.iter_mut().zip(raster.data()) {
                    if category == UNMEASURED {
                        *value = 0.0;
                    }
                }
            }
            images.extend(hats);
        }
        let sections = Sections::of(categories);
        let measured = raster.data().contains(&UNMEASURED).then(|| {
            let measured = |&c: &u8| f32::from(u8::from(c != UNMEASURED));
            raster.data().iter().map(measured).collect()
        });
        Self {
            rows: raster.rows(),
            cols: raster.cols(),
            images,
            measured,
            categories: categories.len(),
            background: categories.background,
            units: Units::of(categories, &sections, pixel_vox),
            sections,
        }
    }
}

impl Channels {
    /// Whether a pixel was measured.
    pub fn is_measured(&self, index: usize) -> bool {
        self.measured.as_ref().is_none_or(|m| m[index] > 0.0)
    }
}

/// Mean BSE grey of every category, ascending, near ones merged.
fn knots(categories: &Categories, bse: &Raster<f32>) -> Vec<f32> {
    let mut sums = vec![(0.0, 0usize); categories.len()];
    for (&category, &grey) in categories.raster.data().iter().zip(bse.data()) {
        if grey.is_finite() && category != UNMEASURED {
            let sum = &mut sums[usize::from(category)];
            *sum = (sum.0 + f64::from(grey), sum.1 + 1);
        }
    }
    let mut means: Vec<f32> = sums
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|&(sum, count)| (sum / count as f64) as f32)
        .collect();
    means.sort_by(f32::total_cmp);
    let apart = KNOT_APART * (means.last().unwrap_or(&0.0) - means.first().unwrap_or(&0.0));
    means.dedup_by(|later, kept| *later - *kept <= apart);
    means
}

/// One image a knot: 1 where the grey is at the knot, falling to 0 at its neighbours; constant
/// beyond the outer knots, 0 where the grey is unknown. Nothing when there are less than two knots.
fn hats(bse: &[f32], knots: &[f32]) -> Vec<Vec<f32>> {
    if knots.len() < 2 {
        return Vec::new();
    }
    let mut images = vec![vec![0f32; bse.len()]; knots.len()];
    for (i, &grey) in bse.iter().enumerate() {
        if !grey.is_finite() {
            continue;
        }
        let upper = knots
            .partition_point(|&k| k <= grey)
            .clamp(1, knots.len() - 1);
        let (low, high) = (knots[upper - 1], knots[upper]);
        let share = ((grey - low) / (high - low)).clamp(0.0, 1.0);
        images[upper - 1][i] = 1.0 - share;
        images[upper][i] = share;
    }
    images
}

#[cfg(test)]
mod tests {
    use super::*;
    use corelith_core::{Mineral, Minerals};

    #[test]
    fn hats_are_shares_between_the_mean_greys_of_the_categories() {
        let images = hats(
            &[0.0, 10.0, 15.0, 30.0, 99.0, f32::NAN],
            &[10.0, 20.0, 40.0],
        );
        assert_eq!(images[0], [1.0, 1.0, 0.5, 0.0, 0.0, 0.0]);
        assert_eq!(images[1], [0.0, 0.0, 0.5, 0.5, 0.0, 0.0]);
        assert_eq!(images[2], [0.0, 0.0, 0.0, 0.5, 1.0, 0.0]);
    }

    #[test]
    fn a_bse_image_adds_a_channel_for_every_distinct_grey() {
        let mineral = |name: &str, grey| Mineral {
            name: name.to_owned(),
            rgb: [grey; 3],
            density_g_cm3: None,
        };
        let minerals = ["resin", "a", "b"].map(|name| mineral(name, name.len() as u8));
        let minerals = Minerals::new(
            minerals
                .into_iter()
                .enumerate()
                .map(|(i, m)| Mineral {
                    rgb: [i as u8; 3],
                    ..m
                })
                .collect(),
            "resin",
        )
        .unwrap();
        let classes = Raster::new(vec![0, 0, 1, 1, 2, 2], 2, 3).unwrap();
        let categories = Categories::of(&classes, &minerals);
        let bse = Raster::new(vec![10.0, 10.0, 100.0, 100.0, 101.0, 101.0], 2, 3).unwrap();
        assert_eq!(Channels::new(&categories, None, 0.5).images.len(), 3);
        let channels = Channels::new(&categories, Some(&bse), 0.5);
        assert_eq!((channels.categories, channels.images.len()), (3, 3 + 2));
    }
}
