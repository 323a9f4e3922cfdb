//! Whether a BSE image lies otherwise than its mineral map: mirrored, or turned.

use corelith_core::Raster;

use super::GreyImage;
use super::fit::explained_at;
use crate::turns::TURNS;

/// What the minerals have to explain of the grey values of an image that is turned, and how many
/// times as much as they explain as it is.
const EXPLAINED_MIN: f64 = 0.3;
const BETTER: f64 = 2.0;

/// How an image of the size of the map follows it far better than as it is, when it explains `now`,
/// and the share that it explains then.
pub(super) fn better_turned(
    image: &GreyImage,
    classes: &Raster<u8>,
    now: f64,
) -> Option<(&'static str, f64)> {
    let (cols, rows) = (image.cols, image.rows());
    let is_square = cols == rows;
    let last = [cols as i64 - 1, rows as i64 - 1];
    let shares = TURNS
        .iter()
        .filter(|turn| is_square || !turn.exchanges())
        .map(|turn| {
            let turned = |col: usize, row: usize| {
                let [col, row] = turn.place([col as i64, row as i64], last);
                image.values[row as usize * cols + col as usize]
            };
            (turn.how, explained_at(classes, turned))
        });
    let best = shares.max_by(|a, b| a.1.total_cmp(&b.1))?;
    // Of what a section of a regular shape explains either way, twice as little is left over.
    let clearly = best.1 > BETTER * now || BETTER * (1.0 - best.1) < 1.0 - now;
    (best.1 >= EXPLAINED_MIN && clearly).then_some(best)
}
