//! Whether the frames fit in another order than the one that is said.

use corelith_core::Progress;

use super::expect::grid_pairs;
use super::frame_names::Named;
use super::layout::{Places, cells_of_numbers, counted_from};
use super::links::{Found, Matcher, Pair, Search};
use super::settings::{Corner, FrameOrder};
use super::task::Task;
use crate::Error;

/// Pairs of an order that are looked at.
const SAMPLED: usize = 10;

/// Share of them that have to agree.
const FITS_MIN: f64 = 0.7;

/// A setting and the cells that it puts the frames in.
struct Order {
    setting: String,
    cells: Vec<[usize; 2]>,
}

/// What says how the frames lie, in words.
pub(super) fn what_to_check(task: &Task<'_>) -> &'static str {
    match &task.layout.named {
        None => {
            "check the unit of the positions, `pixel_size_um`, and by `from` which way x and y count"
        }
        Some(Named::Running(_)) => {
            "check `columns`, `order` and `from`, and that all frames are of one section"
        }
        Some(Named::Grid(grid)) if grid.in_words => {
            "check the rows and columns in their names, by `from` where these are counted from, and \
             that all frames are of one section"
        }
        Some(Named::Grid(_)) => {
            "check `order` (`column_by_column` where the first number is the column) and `from`, and \
             that all frames are of one section"
        }
    }
}

/// The setting with which the frames fit, as a sentence; `None` when there is none, or the frames
/// have positions.
pub(super) fn better_order(
    task: &Task<'_>,
    progress: &dyn Progress,
) -> Result<Option<String>, Error> {
    let Places::Cells(now) = &task.layout.places else {
        return Ok(None);
    };
    let settings = task.settings;
    let unturned = counted_from(now, settings.from);
    let mut orders = Vec::new();
    for from in Corner::ALL {
        match (&task.layout.named, settings.columns) {
            (Some(Named::Running(numbers)), Some(columns)) => {
                for order in FrameOrder::ALL {
                    if let Ok(cells) = cells_of_numbers(numbers, columns, order) {
                        orders.push(Order {
                            setting: format!(
                                "columns = {columns}, order = \"{}\", from = \"{}\"",
                                order.name(),
                                from.name()
                            ),
                            cells: counted_from(&cells, from),
                        });
                    }
                }
            }
            _ => {
                orders.push(Order {
                    setting: format!("from = \"{}\"", from.name()),
                    cells: counted_from(&unturned, from),
                });
                // Words in the names say which number is the row, whatever the order.
                if !matches!(&task.layout.named, Some(Named::Grid(grid)) if !grid.in_words) {
                    continue;
                }
                let turned: Vec<[usize; 2]> = unturned.iter().map(|&[c, r]| [r, c]).collect();
                let other = match settings.order {
                    FrameOrder::ColumnByColumn => FrameOrder::RowByRow,
                    _ => FrameOrder::ColumnByColumn,
                };
                orders.push(Order {
                    setting: format!("order = \"{}\", from = \"{}\"", other.name(), from.name()),
                    cells: counted_from(&turned, from),
                });
            }
        }
    }
    orders.retain(|order| order.cells != *now);
    let matcher = Matcher::new(task.frames).coarse();
    let mut best: Option<(f64, String)> = None;
    for order in orders {
        let pairs = grid_pairs(&order.cells);
        let step = pairs.len().div_ceil(SAMPLED).max(1);
        let searches: Vec<(Pair, Search)> = pairs
            .iter()
            .step_by(step)
            .map(|pair| (*pair, Search::Free))
            .collect();
        let found = matcher.find_all(&searches, progress)?;
        // Blank overlaps say nothing for or against.
        let telling: Vec<Found> = found.into_iter().flatten().collect();
        let agreeing = telling.iter().filter(|found| found.is_sure()).count();
        let share = agreeing as f64 / telling.len().max(1) as f64;
        if share >= FITS_MIN && best.as_ref().is_none_or(|(most, _)| share > *most) {
            best = Some((share, order.setting));
        }
    }
    Ok(best.map(|(_, setting)| {
        format!("they do with `{setting}` in `mosaic`: set that, if the frames were taken so")
    }))
}
