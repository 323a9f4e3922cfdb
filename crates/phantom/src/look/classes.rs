use corelith_core::{PlacedMap, Raster, UNMEASURED, Volume};
use nalgebra::{DMatrix, DVector};

use super::voxel_at;

/// Point spread that pixels of a map are mixed by, voxels: that of most scans.
const BLUR_VOX: f64 = 0.84;

/// Map pixels, those shared with others counted in part, below which the grey value of a mineral is
/// not measured.
const FEWEST_PIXELS: f64 = 25.0;

/// Rounds in which pixels that fit badly lose weight.
const ROUNDS: usize = 6;

/// Residual, in robust standard deviations, from which on a pixel weighs less (Huber 1964).
const HUBER: f64 = 1.345;

/// Grey value of every class by the maps, and its share of the solid pixels.
///
/// The grey value of a voxel is taken for that of its classes mixed by the point spread, which in a map
/// is known in its plane alone: robust least squares over all pixels. Minerals whose regions are all
/// small come out too near their neighbours, but nearer the truth than any mean in their regions.
/// None where there are too few pixels.
pub(super) fn classes_of(
    ct: &Volume<u16>,
    maps: &[PlacedMap],
    classes: usize,
    background: u8,
) -> (Vec<Option<f64>>, Vec<f64>) {
    let mut pixels = vec![0usize; classes];
    let mut mixtures: Vec<f32> = Vec::new();
    let mut greys: Vec<f64> = Vec::new();
    for placed in maps {
        let map = &placed.classes;
        let sigma_px = BLUR_VOX / pixel_vox(placed);
        let layer = |class: u8| {
            let is = map.map(|&other| f32::from(u8::from(other == class)));
            blurred(&is, sigma_px)
        };
        let layers: Vec<Raster<f32>> = (0..classes).map(|class| layer(class as u8)).collect();
        let unmeasured = layer(UNMEASURED);
        for (i, &class) in map.data().iter().enumerate() {
            if class != background && usize::from(class) < classes {
                pixels[usize::from(class)] += 1;
            }
            let known = unmeasured.data()[i] < 0.1;
            if let Some(at) = voxel_at(ct, placed, i).filter(|_| known) {
                mixtures.extend(layers.iter().map(|layer| layer.data()[i]));
                greys.push(f64::from(ct.data()[at]));
            }
        }
    }
    let all = pixels.iter().sum::<usize>().max(1) as f64;
    (
        unmixed(&mixtures, &greys, classes),
        pixels.iter().map(|&n| n as f64 / all).collect(),
    )
}

/// Grey values of pure classes from those of mixtures.
fn unmixed(mixtures: &[f32], greys: &[f64], classes: usize) -> Vec<Option<f64>> {
    let mut amounts = vec![0.0; classes];
    for mixture in mixtures.chunks_exact(classes) {
        for (amount, &share) in amounts.iter_mut().zip(mixture) {
            *amount += f64::from(share).powi(2);
        }
    }
    let known: Vec<usize> = (0..classes)
        .filter(|&class| amounts[class] >= FEWEST_PIXELS)
        .collect();
    let mut found = vec![None; classes];
    let mut pure: Option<DVector<f64>> = None;
    let mut scale = f64::INFINITY;
    let residual = |pure: &Option<DVector<f64>>, mixture: &[f32], grey: f64| {
        pure.as_ref().map_or(0.0, |pure| {
            let fit = known.iter().zip(pure.iter());
            grey - fit
                .map(|(&class, g)| f64::from(mixture[class]) * g)
                .sum::<f64>()
        })
    };
    for _ in 0..ROUNDS {
        let mut normal = DMatrix::zeros(known.len(), known.len());
        let mut right = DVector::zeros(known.len());
        for (mixture, &grey) in mixtures.chunks_exact(classes).zip(greys) {
            let off = residual(&pure, mixture, grey).abs();
            let weight = (HUBER * scale / off).min(1.0);
            for (i, &a) in known.iter().enumerate() {
                let share = weight * f64::from(mixture[a]);
                if share == 0.0 {
                    continue;
                }
                right[i] += share * grey;
                for (j, &b) in known.iter().enumerate() {
                    normal[(i, j)] += share * f64::from(mixture[b]);
                }
            }
        }
        let Some(solved) = normal.cholesky().map(|factor| factor.solve(&right)) else {
            return found;
        };
        pure = Some(solved);
        let mut off: Vec<f64> = mixtures
            .chunks_exact(classes)
            .zip(greys)
            .map(|(mixture, &grey)| residual(&pure, mixture, grey).abs())
            .collect();
        let middle = off.len() / 2;
        // The median deviation of normal noise is 0.6745 standard deviations.
        scale = (*off.select_nth_unstable_by(middle, f64::total_cmp).1 / 0.6745).max(0.5);
    }
    for (&class, grey) in known.iter().zip(pure.iter().flat_map(|pure| pure.iter())) {
        found[class] = Some(*grey);
    }
    found
}

/// Gaussian mean, cut at three sigma; edges repeat.
fn blurred(values: &Raster<f32>, sigma_px: f64) -> Raster<f32> {
    let reach = (3.0 * sigma_px).ceil() as isize;
    let mut taps: Vec<f32> = (-reach..=reach)
        .map(|i| (-0.5 * (i as f64 / sigma_px.max(1e-6)).powi(2)).exp() as f32)
        .collect();
    let sum: f32 = taps.iter().sum();
    taps.iter_mut().for_each(|tap| *tap /= sum);
    let (rows, cols) = (values.rows(), values.cols());
    let near = |at: usize, by: isize, most: usize| at.saturating_add_signed(by).min(most - 1);
    let along = |from: &Raster<f32>, dx: isize, dy: isize| {
        Raster::from_fn(rows, cols, |col, row| {
            let steps = (-reach..=reach).zip(&taps);
            steps
                .map(|(i, tap)| tap * from.at(near(col, i * dx, cols), near(row, i * dy, rows)))
                .sum()
        })
    };
    along(&along(values, 1, 0), 0, 1)
}

/// Side of a pixel of a map along its rows, in voxels; 1 where its place is unknown.
fn pixel_vox(map: &PlacedMap) -> f64 {
    let (rows, cols) = (map.classes.rows(), map.classes.cols());
    let position =
        |col: usize, row: usize| map.coords_vox.each_ref().map(|c| f64::from(c.at(col, row)));
    let (first, last) = (
        position(0, rows / 2),
        position(cols.saturating_sub(1), rows / 2),
    );
    let length: f64 = (0..3)
        .map(|a| (last[a] - first[a]).powi(2))
        .sum::<f64>()
        .sqrt();
    let pixel = length / (cols.max(2) - 1) as f64;
    if pixel > 0.0 && pixel.is_finite() {
        pixel
    } else {
        1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixtures_give_the_greys_of_what_they_are_made_of_in_spite_of_outliers() {
        let mut mixtures = Vec::new();
        let mut greys = Vec::new();
        for i in 0..2000 {
            let share = (i % 11) as f32 / 10.0;
            mixtures.extend([1.0 - share, 0.9 * share, 0.1 * share, 0.0]);
            let noise = f64::from((i * 7919 % 13) - 6);
            let wrong = if i % 20 == 0 { 3000.0 } else { 0.0 };
            let share = f64::from(share);
            greys.push(100.0 * (1.0 - share) + 820.0 * share + noise + wrong);
        }
        // A second mineral that goes with the first always would be anything.
        mixtures.extend([0.0, 0.0, 1.0, 0.0].repeat(30));
        greys.extend([1000.0; 30]);
        let found = unmixed(&mixtures, &greys, 4);
        for (found, expected) in found.iter().zip([100.0, 800.0, 1000.0]) {
            assert!(
                (found.unwrap() - expected).abs() < 6.0,
                "{found:?} {expected}"
            );
        }
        assert_eq!(found[3], None);
    }
}
