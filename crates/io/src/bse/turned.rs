//! Whether a BSE image lies otherwise than its mineral map: mirrored, or turned.

use corelith_core::Raster;

use super::GreyImage;
use super::fit::explained_at;

/// What the minerals have to explain of the grey values of an image that is turned, and how many
/// times as much as they explain as it is.
const EXPLAINED_MIN: f64 = 0.3;
const BETTER: f64 = 2.0;

/// The ways in which an image may lie otherwise, and where its pixel `(col, row)` then is, with the
/// last column and row.
type Turn = (&'static str, bool, fn([usize; 2], [usize; 2]) -> [usize; 2]);

const TURNS: [Turn; 7] = [
    ("mirrored left to right", false, |[c, r], [w, _]| [w - c, r]),
    ("mirrored top to bottom", false, |[c, r], [_, h]| [c, h - r]),
    ("turned by 180 degrees", false, |[c, r], [w, h]| {
        [w - c, h - r]
    }),
    (
        "turned by 90 degrees to the left",
        true,
        |[c, r], [w, _]| [w - r, c],
    ),
    (
        "turned by 90 degrees to the right",
        true,
        |[c, r], [_, h]| [r, h - c],
    ),
    ("mirrored along its diagonal", true, |[c, r], _| [r, c]),
    (
        "mirrored along its other diagonal",
        true,
        |[c, r], [w, h]| [w - r, h - c],
    ),
];

/// How an image of the size of the map follows it far better than as it is, when it explains `now`,
/// and the share that it explains then.
pub(super) fn better_turned(
    image: &GreyImage,
    classes: &Raster<u8>,
    now: f64,
) -> Option<(&'static str, f64)> {
    let (cols, rows) = (image.cols, image.rows());
    let is_square = cols == rows;
    let last = [cols - 1, rows - 1];
    let shares = TURNS
        .iter()
        .filter(|(_, exchanges, _)| is_square || !exchanges)
        .map(|(how, _, place)| {
            let turned = |col: usize, row: usize| {
                let [col, row] = place([col, row], last);
                image.values[row * cols + col]
            };
            (*how, explained_at(classes, turned))
        });
    let best = shares.max_by(|a, b| a.1.total_cmp(&b.1))?;
    // Of what a section of a regular shape explains either way, twice as little is left over.
    let clearly = best.1 > BETTER * now || BETTER * (1.0 - best.1) < 1.0 - now;
    (best.1 >= EXPLAINED_MIN && clearly).then_some(best)
}
