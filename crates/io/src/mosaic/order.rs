//! Whether the frames fit in another order than the one that is said.

use corelith_core::Progress;

use super::expect::grid_pairs;
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
        match (&task.layout.running, settings.columns) {
            (Some(numbers), Some(columns)) => {
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
        format!("they do with `mosaic = {{ {setting} }}`: set that, if the frames were taken so")
    }))
}
