use std::path::Path;

use corelith_core::Raster;

use crate::Error;
use crate::image_file::{ImageFile, Pixels};

/// Reads a BSE image (PNG or TIFF, 8 or 16 bits or float), grey values as in the file.
///
/// `map` is the mineral map of the same field and `map_size` its columns and rows.
///
/// # Errors
/// [`Error::Read`], [`Error::Image`] for a colour image, [`Error::ImageSize`] when the size is
/// not that of the mineral map.
pub fn read_bse(path: &Path, map: &Path, map_size: [usize; 2]) -> Result<Raster<f32>, Error> {
    let image = ImageFile::read(path)?;
    let found = [image.cols, image.rows];
    if found != map_size {
        return Err(Error::ImageSize {
            path: path.to_owned(),
            map: map.to_owned(),
            expected: map_size,
            found,
        });
    }
    let grey: Vec<f32> = match &image.pixels {
        Pixels::Grey8(v) => v.iter().map(|&v| f32::from(v)).collect(),
        Pixels::Grey16(v) => v.iter().map(|&v| f32::from(v)).collect(),
        Pixels::GreyFloat(v) => v.clone(),
        // SEM programs like to export grey images as RGB.
        Pixels::Rgba8(v) => v
            .iter()
            .map(|&[r, g, b, _]| (r == g && g == b).then_some(f32::from(r)))
            .collect::<Option<_>>()
            .ok_or_else(|| Error::Image {
                path: path.to_owned(),
                problem: "a colour image, expected the grey values of the BSE detector; are \
                          `bse` and `mineral_map` exchanged?"
                    .to_owned(),
            })?,
    };
    image.raster(path, grey)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{StackLayout, write_png, write_slice};
    use corelith_core::Spacing;

    #[test]
    fn grey_of_16_bits_and_grey_stored_as_rgb_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let tif = folder.path().join("bse.tif");
        let layout = StackLayout::new([1, 2, 3], Spacing::isotropic(1.2));
        write_slice(&tif, &[1u16, 2, 3, 4, 5, 60_000], layout).unwrap();
        let read = read_bse(&tif, Path::new("map.png"), [3, 2]).unwrap();
        assert_eq!(read.data(), [1.0, 2.0, 3.0, 4.0, 5.0, 60_000.0]);

        let png = folder.path().join("bse.png");
        write_png(&png, &Raster::filled(2, 3, [7, 7, 7])).unwrap();
        assert_eq!(
            read_bse(&png, Path::new("map.png"), [3, 2]).unwrap(),
            Raster::filled(2, 3, 7.0)
        );
    }

    #[test]
    fn another_size_or_a_colour_image_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let png = folder.path().join("bse.png");
        write_png(&png, &Raster::filled(2, 3, [7, 8, 7])).unwrap();
        let error = read_bse(&png, Path::new("map.png"), [3, 3]).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("3 x 2 pixels, expected 3 x 3 as in the mineral map map.png"),
            "{error}"
        );
        assert!(matches!(
            read_bse(&png, Path::new("map.png"), [3, 2]),
            Err(Error::Image { .. })
        ));
    }
}
