//! The values of one element, in an image or a table.

use std::path::Path;

use super::matrix::read_matrix;
use crate::bse::grey_values;
use crate::file_kind::FileKind;
use crate::image_file::ImageFile;
use crate::{Crop, Error};

/// Values of one element.
pub(super) struct Values {
    pub values: Vec<f32>,
    pub cols: usize,
    pub rows: usize,
    /// Columns and rows before the image was cropped.
    pub image_size: [usize; 2],
}

/// The values of a file, cropped, and what is to be said of them.
///
/// # Errors
/// Those of reading an image, [`Error::Image`] for a colour image and for what is no table of
/// numbers.
pub(super) fn read_values(path: &Path, crop: Option<Crop>) -> Result<(Values, Vec<String>), Error> {
    if FileKind::of(path)? == FileKind::Text {
        let matrix = read_matrix(path)?;
        let (mut values, mut cols, mut rows) = (matrix.values, matrix.cols, matrix.rows);
        let image_size = [cols, rows];
        if let Some(crop) = crop {
            crop.check(path, "crop_px", cols, rows)?;
            values = crop.of(&values, cols);
            (cols, rows) = (crop.width, crop.height);
        }
        let values = Values {
            values,
            cols,
            rows,
            image_size,
        };
        return Ok((values, matrix.notes));
    }
    let image = ImageFile::read(path, None)?;
    let image_size = [image.cols, image.rows];
    let image = image.cropped(crop, path, "crop_px")?;
    let mut notes = image.notes.clone();
    if image.lossy {
        notes.push("compressed with loss, which changes counts; export it as TIFF".to_owned());
    }
    let values = grey_values(&image, &mut notes).map_err(|_| Error::Image {
        path: path.to_owned(),
        problem: "a colour image, expected the grey values of one element; export the elements \
                  in grey, without a colour scale"
            .to_owned(),
    })?;
    let values = Values {
        values,
        cols: image.cols,
        rows: image.rows,
        image_size,
    };
    Ok((values, notes))
}
