//! The page of a TIFF that is one slice of many: its only one, or that of a channel.

use std::path::Path;

use super::description::{Axis, describe};
use super::grey_page::GreyPage;
use crate::Error;
use crate::tiff_file::{Directory, TiffFile, Use, is_reduced};

/// Pages, previews among them, that are looked at in such a file: a loop of them ends, too.
const PAGES_MAX: usize = 64;

/// The pages that are no previews, and no more than `most` of them.
fn pages_of(file: &TiffFile, slice: usize, most: usize) -> Result<Vec<Directory>, Error> {
    let mut pages = Vec::new();
    let mut offset = file.first_directory()?;
    for _ in 0..PAGES_MAX {
        if offset == 0 || pages.len() == most {
            break;
        }
        let directory = file.directory(offset, slice)?;
        offset = directory.next();
        if !is_reduced(file, &directory, slice)? {
            pages.push(directory);
        }
    }
    Ok(pages)
}

/// Names of the channels of a file whose pages are the channels of one slice; `None` where they are
/// not, or there is one page.
pub(super) fn channels_in_pages(path: &Path) -> Result<Option<(usize, Vec<String>)>, Error> {
    let file = TiffFile::open(path, 0, Use::Slices)?;
    let pages = pages_of(&file, 0, PAGES_MAX)?;
    if pages.len() < 2 {
        return Ok(None);
    }
    let described = describe(&file, &pages[0], 1)?;
    let are_channels = described.elsewhere.is_none()
        && described.length(Axis::Channel) == pages.len()
        && described.images() == Some(pages.len());
    Ok(are_channels.then_some((pages.len(), described.channels)))
}

/// Page `wanted` of a file that is slice `slice` of many, counted from 0 without previews, or its
/// only page.
///
/// # Errors
/// When there are several and none is wanted, or not as many.
pub(super) fn page_of_file(
    path: &Path,
    slice: usize,
    wanted: Option<usize>,
) -> Result<(TiffFile, GreyPage, Directory), Error> {
    let file = TiffFile::open(path, slice, Use::Slices)?;
    let pages = pages_of(&file, slice, wanted.map_or(2, |page| page + 1))?;
    let number_of_pages = |expected: String, found: String| Error::PixelKind {
        path: path.to_owned(),
        slice,
        expected,
        found,
    };
    let several = || {
        number_of_pages(
            "one page a file".to_owned(),
            "several pages in a file that is one of many".to_owned(),
        )
    };
    let page = match (wanted, pages.len()) {
        (_, 0) => return Err(file.damaged(slice, "the file holds no page".to_owned())),
        (None, 1) => 0,
        (None, _) => return Err(several()),
        (Some(page), n) if page < n => page,
        (Some(page), n) => {
            return Err(number_of_pages(
                format!("at least {} pages, as the first slice has", page + 1),
                format!("{n} in all"),
            ));
        }
    };
    let directory = pages.into_iter().nth(page);
    let directory = directory.ok_or_else(several)?;
    let grey = GreyPage::of(&file, &directory, slice)?;
    match grey.page.slices {
        0 | 1 => Ok((file, grey, directory)),
        _ => Err(several()),
    }
}
