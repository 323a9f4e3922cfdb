//! Whether the brightness of minerals in a BSE image goes with their densities.

use corelith_core::{Minerals, Raster, UNMEASURED};

use crate::text::shown;

/// Minerals of a smaller share of the solid pixels say nothing.
const SHARE_MIN: f64 = 0.005;

/// Minerals that are needed to say something.
const MINERALS_MIN: usize = 4;

/// Least share of pairs of minerals, less the share of those the right way round, in which the
/// denser one is darker. Both go with the mean atomic number, if not in every single pair.
const DISCORDANT_MIN: f64 = 0.4;

/// Says that denser minerals are darker in a BSE image, by Kendall's rank correlation; `None` where
/// they are not, or too few have a density.
pub fn bse_contradicts_densities(
    grey: &Raster<f32>,
    classes: &Raster<u8>,
    minerals: &Minerals,
) -> Option<String> {
    let mut sums = [[0.0f64; 2]; 256];
    for (class, value) in classes.data().iter().zip(grey.data()) {
        if *class != UNMEASURED && value.is_finite() {
            let of_class = &mut sums[usize::from(*class)];
            *of_class = [of_class[0] + 1.0, of_class[1] + f64::from(*value)];
        }
    }
    let solid: f64 = minerals
        .solids()
        .map(|class| sums[usize::from(class)][0])
        .sum();
    let known: Vec<(&str, f64, f64)> = minerals
        .solids()
        .filter_map(|class| {
            let [n, sum] = sums[usize::from(class)];
            let density = minerals.rows()[usize::from(class)].density_g_cm3?;
            (n > SHARE_MIN * solid).then(|| (minerals.name(class), density, sum / n))
        })
        .collect();
    if known.len() < MINERALS_MIN {
        return None;
    }
    let (mut against, mut pairs, mut worst) = (0.0, 0.0, (0.0, ("", "")));
    for (i, (name, density, value)) in known.iter().enumerate() {
        for (other, other_density, other_value) in &known[i + 1..] {
            let product = (density - other_density) * (value - other_value);
            pairs += f64::from(u8::from(product != 0.0));
            against -= if product == 0.0 {
                0.0
            } else {
                product.signum()
            };
            if product < worst.0 {
                let (denser, lighter) = match density > other_density {
                    true => (name, other),
                    false => (other, name),
                };
                worst = (product, (denser, lighter));
            }
        }
    }
    (pairs > 0.0 && against >= DISCORDANT_MIN * pairs).then(|| {
        format!(
            "minerals of higher density are darker in the BSE image (`{}` than `{}`, for one), \
             while both go with the atomic number as a rule: check that densities and colours of \
             the mineral list belong to their names",
            shown(worst.1.0),
            shown(worst.1.1)
        )
    })
}

#[cfg(test)]
mod tests {
    use corelith_core::Mineral;

    use super::*;

    fn minerals(densities: [f64; 5]) -> Minerals {
        let row = |i: usize, density: f64| Mineral {
            name: format!("M{i}"),
            rgb: [i as u8; 3],
            density_g_cm3: Some(density),
        };
        let rows = densities.iter().enumerate().map(|(i, d)| row(i, *d));
        Minerals::new(rows.collect(), "M0").unwrap()
    }

    #[test]
    fn densities_in_the_wrong_rows_are_told() {
        let classes = Raster::from_fn(20, 20, |col, _| (col / 4) as u8);
        let grey = classes.map(|class| 10.0 + 40.0 * f32::from(*class));
        let told = |densities| bse_contradicts_densities(&grey, &classes, &minerals(densities));
        assert_eq!(told([1.2, 2.6, 2.8, 4.2, 5.1]), None);
        // One pair the other way round, as of quartz and feldspar.
        assert_eq!(told([1.2, 2.8, 2.6, 4.2, 5.1]), None);
        let text = told([1.2, 5.1, 4.2, 2.8, 2.6]).unwrap();
        assert!(text.contains("`M1` than `M4`"), "{text}");
        // Most of it is not known.
        let few = Raster::from_fn(20, 20, |col, _| (col / 7) as u8);
        assert_eq!(
            bse_contradicts_densities(&grey, &few, &minerals([1.2, 5.1, 4.2, 2.8, 2.6])),
            None
        );
    }
}
