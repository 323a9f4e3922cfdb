//! BSE images that are stored with bright and dark exchanged.

use corelith_core::{Raster, UNMEASURED};

/// Classes of a smaller share of the map say nothing.
const SHARE_MIN: f64 = 0.005;

/// Share of the variance of the grey values that the minerals have to explain, for their order to
/// say something.
const EXPLAINED_MIN: f64 = 0.2;

/// Exchanges bright and dark.
pub(crate) fn invert(grey: &mut Raster<f32>) {
    let finite = grey.data().iter().copied().filter(|v| v.is_finite());
    let (low, high) = finite.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), v| {
        (low.min(v), high.max(v))
    });
    let turned = |v: &mut f32| *v = low + (high - *v);
    grey.data_mut().iter_mut().for_each(turned);
}

/// Whether the class `resin` is clearly brighter than every other one, as it is in an image that is
/// stored inverted: of what a section holds, resin scatters the fewest electrons back.
pub(crate) fn resin_is_bright(grey: &Raster<f32>, classes: &Raster<u8>, resin: u8) -> bool {
    // How many, their sum, and that of their squares.
    let mut of_class = [[0.0_f64; 3]; 256];
    for (class, value) in classes.data().iter().zip(grey.data()) {
        if *class != UNMEASURED && value.is_finite() {
            let value = f64::from(*value);
            let sums = &mut of_class[usize::from(*class)];
            *sums = [sums[0] + 1.0, sums[1] + value, sums[2] + value * value];
        }
    }
    let mut all = [0.0; 3];
    for sums in &of_class {
        all = [0, 1, 2].map(|i| all[i] + sums[i]);
    }
    let mean = |sums: &[f64; 3]| sums[1] / sums[0];
    let enough = |sums: &[f64; 3]| sums[0] > SHARE_MIN * all[0];
    let of_resin = of_class[usize::from(resin)];
    let others = || {
        let others = of_class.iter().enumerate();
        others.filter(|(class, sums)| *class != usize::from(resin) && enough(sums))
    };
    if !enough(&of_resin) || others().next().is_none() {
        return false;
    }
    let present = of_class.iter().filter(|sums| sums[0] > 0.0);
    let between: f64 = present.map(|s| s[0] * (mean(s) - mean(&all)).powi(2)).sum();
    let total = all[2] - all[1] * mean(&all);
    let clear = total > 0.0 && between >= EXPLAINED_MIN * total;
    clear && others().all(|(_, sums)| mean(sums) < mean(&of_resin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bright_resin_tells_an_inverted_image() {
        let classes = Raster::from_fn(40, 40, |col, row| (col / 10 + row / 20) as u8 % 4);
        let grey = Raster::from_fn(40, 40, |col, row| {
            let class = classes.at(col, row);
            20.0 + 50.0 * f32::from(class) + ((col * 7 + row * 13) % 11) as f32
        });
        assert!(!resin_is_bright(&grey, &classes, 0));
        let mut turned = grey.clone();
        invert(&mut turned);
        assert!(resin_is_bright(&turned, &classes, 0));
        invert(&mut turned);
        assert_eq!(turned, grey);
        // Resin as bright as a mineral of low density, and noise, say nothing.
        let coal = grey.map(|v| if *v < 35.0 { *v + 60.0 } else { *v });
        assert!(!resin_is_bright(&coal, &classes, 0));
        let noise = Raster::from_fn(40, 40, |col, row| ((col * 31 + row * 17) % 97) as f32);
        assert!(!resin_is_bright(&noise, &classes, 0));
        assert!(!resin_is_bright(&grey, &Raster::filled(40, 40, 0), 0));
    }
}
