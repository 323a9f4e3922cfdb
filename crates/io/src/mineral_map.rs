use std::collections::HashMap;
use std::path::Path;

use corelith_core::{Minerals, Raster};

use crate::error::UnknownColour;
use crate::image_file::{ImageFile, Pixels};
use crate::{Error, write_png};

/// Reads a mineral map: PNG or TIFF, RGB, RGBA, palette or greyscale, each colour a mineral.
///
/// Returns class labels, the rows of the mineral list. A fully transparent pixel was not measured
/// and counts as background.
///
/// # Errors
/// [`Error::Read`], [`Error::Image`], and [`Error::UnknownColour`] for a colour that is not in
/// the mineral list.
pub fn read_mineral_map(path: &Path, minerals: &Minerals) -> Result<Raster<u8>, Error> {
    let image = ImageFile::read(path)?;
    let rgba: Vec<[u8; 4]> = match &image.pixels {
        Pixels::Rgba8(rgba) => rgba.clone(),
        Pixels::Grey8(grey) => grey.iter().map(|&v| [v, v, v, 255]).collect(),
        Pixels::Grey16(_) | Pixels::GreyFloat(_) => {
            return Err(Error::Image {
                path: path.to_owned(),
                problem: "greyscale of more than 8 bits, expected a colour image of the minerals; \
                          is it the BSE image?"
                    .to_owned(),
            });
        }
    };
    let classes = classify(&rgba, image.cols, minerals, path)?;
    image.raster(path, classes)
}

fn classify(
    rgba: &[[u8; 4]],
    cols: usize,
    minerals: &Minerals,
    path: &Path,
) -> Result<Vec<u8>, Error> {
    let mut class_of: HashMap<[u8; 3], Option<u8>> = HashMap::new();
    // Pixels and first position of each colour that is not in the list.
    let mut unknown: HashMap<[u8; 3], (u64, usize)> = HashMap::new();
    let mut last = ([0; 3], minerals.class_of_rgb([0; 3]));
    let mut classes = Vec::with_capacity(rgba.len());
    for (i, &[r, g, b, alpha]) in rgba.iter().enumerate() {
        if alpha == 0 {
            classes.push(minerals.background());
            continue;
        }
        let rgb = [r, g, b];
        if rgb != last.0 {
            let class = *class_of
                .entry(rgb)
                .or_insert_with(|| minerals.class_of_rgb(rgb));
            last = (rgb, class);
        }
        match last.1 {
            Some(class) => classes.push(class),
            None => unknown.entry(rgb).or_insert((0, i)).0 += 1,
        }
    }
    let most = unknown
        .iter()
        .max_by_key(|(_, (pixels, first))| (*pixels, usize::MAX - first));
    match most {
        None => Ok(classes),
        Some((&rgb, &(pixels, first))) => {
            let distance = |other: [u8; 3]| -> u32 {
                rgb.iter()
                    .zip(other)
                    .map(|(&a, b)| u32::from(a.abs_diff(b)).pow(2))
                    .sum()
            };
            let nearest = minerals.rows().iter().min_by_key(|m| distance(m.rgb));
            Err(Box::new(UnknownColour {
                path: path.to_owned(),
                rgb,
                pixels,
                column: first % cols,
                row: first / cols,
                nearest: nearest.map_or_else(String::new, |m| m.name.clone()),
                nearest_rgb: nearest.map_or([0; 3], |m| m.rgb),
                further_colours: unknown.len() - 1,
            })
            .into())
        }
    }
}

/// Writes class labels as a colour PNG that [`read_mineral_map`] reads.
///
/// # Errors
/// [`Error::Encode`] for a class that is not a row of the mineral list, [`Error::Write`].
pub fn write_mineral_map(
    path: &Path,
    classes: &Raster<u8>,
    minerals: &Minerals,
) -> Result<(), Error> {
    let rows = minerals.rows();
    if let Some(class) = classes
        .data()
        .iter()
        .find(|c| usize::from(**c) >= rows.len())
    {
        return Err(Error::Encode {
            path: path.to_owned(),
            problem: format!(
                "class {class} is not in the mineral list, which has {} rows",
                rows.len()
            ),
        });
    }
    write_png(path, &classes.map(|&class| rows[usize::from(class)].rgb))
}

#[cfg(test)]
mod tests {
    use super::*;
    use corelith_core::Mineral;

    fn minerals() -> Minerals {
        let row = |name: &str, rgb| Mineral {
            name: name.to_owned(),
            rgb,
            density_g_cm3: None,
        };
        Minerals::new(
            vec![
                row("Background", [0, 0, 0]),
                row("LiAlO2", [230, 40, 40]),
                row("Glass", [240, 200, 60]),
            ],
            "Background",
        )
        .unwrap()
    }

    #[test]
    fn a_map_goes_round() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("map.png");
        let classes = Raster::from_fn(7, 9, |col, row| ((col + row) % 3) as u8);
        write_mineral_map(&path, &classes, &minerals()).unwrap();
        assert_eq!(read_mineral_map(&path, &minerals()).unwrap(), classes);
    }

    #[test]
    fn an_unknown_colour_is_counted_placed_and_given_its_nearest_mineral() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("map.png");
        let mut map = Raster::filled(4, 5, [0, 0, 0]);
        for i in [7, 8, 12] {
            map.data_mut()[i] = [228, 44, 40];
        }
        map.data_mut()[2] = [1, 1, 1];
        write_png(&path, &map).unwrap();
        let error = read_mineral_map(&path, &minerals()).unwrap_err();
        let Error::UnknownColour(unknown) = &error else {
            panic!("{error}");
        };
        assert_eq!(unknown.rgb, [228, 44, 40]);
        assert_eq!(unknown.pixels, 3);
        assert_eq!((unknown.column, unknown.row), (2, 1));
        assert_eq!(unknown.nearest, "LiAlO2");
        assert_eq!(unknown.further_colours, 1);
        assert!(error.to_string().contains("map.png"), "{error}");
    }

    #[test]
    fn transparent_pixels_are_background() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("map.png");
        let map = Raster::new(vec![[9, 9, 9, 0], [230, 40, 40, 255]], 1, 2).unwrap();
        write_png(&path, &map).unwrap();
        assert_eq!(read_mineral_map(&path, &minerals()).unwrap().data(), [0, 1]);
    }

    #[test]
    fn a_truncated_or_foreign_image_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("map.png");
        let classes = Raster::from_fn(60, 60, |col, row| ((col * row) % 3) as u8);
        write_mineral_map(&path, &classes, &minerals()).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        assert!(matches!(
            read_mineral_map(&path, &minerals()),
            Err(Error::Image { .. })
        ));
        let jpeg = folder.path().join("map.jpg");
        std::fs::write(&jpeg, b"").unwrap();
        let error = read_mineral_map(&jpeg, &minerals()).unwrap_err();
        assert!(error.to_string().contains(".png"), "{error}");
    }
}
