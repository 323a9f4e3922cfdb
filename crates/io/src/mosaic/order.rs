//! Whether the frames fit as they are said to lie, and not as well in another order.

use corelith_core::Progress;

use super::fit::{Fit, Known};
use super::frame_names::Named;
use super::layout::{Places, cells_of_numbers, counted_from};
use super::settings::{Corner, FrameOrder};
use super::task::Task;
use crate::Error;

/// How surely frames have to be alike, on the average, for an order to be proposed.
const PROPOSED_MIN: f64 = 0.25;

/// An order that fits by this share of how well the one that is said does is no worse one: pixels
/// do not decide between them.
const AS_GOOD: f64 = 0.75;

/// Standard errors by which edges have to go on better in another order for that to be the right
/// one, and better than by chance.
const EDGES_ERRORS: f64 = 2.5;

/// A setting and where it puts the frames.
struct Order {
    setting: String,
    places: Places,
}

/// What says how the frames lie, in words.
pub(super) fn what_to_check(task: &Task<'_>) -> &'static str {
    match &task.layout.named {
        None => {
            "check the unit of the positions, `pixel_size_um`, and by `from` which way x and y count"
        }
        Some(Named::Running(_)) => {
            "check `columns`, `order` and `from`, and that all frames are of one section; or name a \
             table of positions as `positions`"
        }
        Some(Named::Grid(grid)) if grid.in_words => {
            "check the rows and columns in their names, by `from` where these are counted from, and \
             that all frames are of one section; or name a table of positions as `positions`"
        }
        Some(Named::Grid(_)) => {
            "check `order` (`column_by_column` where the first number is the column) and `from`, and \
             that all frames are of one section; or name a table of positions as `positions`"
        }
    }
}

/// All orders but the one that is said. `of_columns`: of running numbers also those with other
/// numbers of columns.
fn other_orders(task: &Task<'_>, of_columns: bool) -> Vec<Order> {
    let settings = task.settings;
    let mut orders = Vec::new();
    match (&task.layout.places, &task.layout.named, settings.columns) {
        (Places::Positions(now), _, _) => {
            for from in Corner::ALL {
                let turns = from.turns();
                let turned = settings.from.turns();
                let places = now
                    .iter()
                    .map(|xy| {
                        [0, 1].map(|axis| match turns[axis] == turned[axis] {
                            true => xy[axis],
                            false => -xy[axis],
                        })
                    })
                    .collect();
                orders.push(Order {
                    setting: format!("from = \"{}\"", from.name()),
                    places: Places::Positions(places),
                });
            }
        }
        (Places::Cells(_), Some(Named::Running(numbers)), Some(columns)) => {
            let last = numbers.iter().copied().max().unwrap_or(0);
            let first = numbers.iter().copied().min().unwrap_or(0);
            let all = (last - first) as usize + 1;
            let others = (2..all).filter(|c| *c != columns && all.is_multiple_of(*c));
            let others = others.filter(|_| of_columns);
            for (columns, corners) in std::iter::once((columns, &Corner::ALL[..]))
                .chain(others.map(|columns| (columns, &Corner::ALL[..1])))
            {
                for (order, from) in FrameOrder::ALL
                    .into_iter()
                    .flat_map(|order| corners.iter().map(move |from| (order, *from)))
                {
                    if let Ok(cells) = cells_of_numbers(numbers, columns, order) {
                        orders.push(Order {
                            setting: format!(
                                "columns = {columns}, order = \"{}\", from = \"{}\"",
                                order.name(),
                                from.name()
                            ),
                            places: Places::Cells(counted_from(&cells, from)),
                        });
                    }
                }
            }
        }
        (Places::Cells(now), named, _) => {
            let unturned = counted_from(now, settings.from);
            for from in Corner::ALL {
                orders.push(Order {
                    setting: format!("from = \"{}\"", from.name()),
                    places: Places::Cells(counted_from(&unturned, from)),
                });
                // Words in the names say which number is the row, whatever the order.
                if !matches!(named, Some(Named::Grid(grid)) if !grid.in_words) {
                    continue;
                }
                let turned: Vec<[usize; 2]> = unturned.iter().map(|&[c, r]| [r, c]).collect();
                let other = match settings.order {
                    FrameOrder::ColumnByColumn => FrameOrder::RowByRow,
                    _ => FrameOrder::ColumnByColumn,
                };
                orders.push(Order {
                    setting: format!("order = \"{}\", from = \"{}\"", other.name(), from.name()),
                    places: Places::Cells(counted_from(&turned, from)),
                });
            }
        }
    }
    let mut seen = vec![task.layout.places.clone()];
    orders.retain(|order| {
        let is_new = !seen.contains(&order.places);
        seen.push(order.places.clone());
        is_new
    });
    orders
}

/// The order, other than that which is said, in which the frames fit best.
fn best_other(
    task: &Task<'_>,
    known: &mut Known<'_>,
    of_columns: bool,
    progress: &dyn Progress,
) -> Result<Option<(f64, String)>, Error> {
    let mut best: Option<(f64, String)> = None;
    for order in other_orders(task, of_columns) {
        let fit = Fit::of(task, known, &order.places, progress)?;
        let sure = fit.sure.unwrap_or(0.0);
        if best.as_ref().is_none_or(|(most, _)| sure > *most) {
            best = Some((sure, order.setting));
        }
    }
    Ok(best)
}

/// The setting with which the frames fit, as a sentence; `None` when there is none.
pub(super) fn better_order(
    task: &Task<'_>,
    progress: &dyn Progress,
) -> Result<Option<String>, Error> {
    let mut known = Known::new(task);
    let best = best_other(task, &mut known, true, progress)?;
    let best = best.filter(|(sure, _)| *sure >= PROPOSED_MIN);
    Ok(best.map(|(_, setting)| {
        format!("they do with `{setting}` in `mosaic`: set that, if the frames were taken so")
    }))
}

/// Whether pixels tell the order that is said from all others; where they do not, names are no
/// proof, while a table of positions was measured.
///
/// # Errors
/// [`Error::Image`] where another order fits better, or as well; cancellation.
pub(super) fn decide(task: &Task<'_>, progress: &dyn Progress) -> Result<Option<String>, Error> {
    let mut known = Known::new(task);
    let now = Fit::of(task, &mut known, &task.layout.places, progress)?;
    if let Some(sure) = now.sure {
        let Some((other, setting)) = best_other(task, &mut known, false, progress)? else {
            return Ok(None);
        };
        let by_table = matches!(task.layout.places, Places::Positions(_));
        if other > sure && other >= PROPOSED_MIN {
            return Err(task.wrong(format!(
                "the frames fit each other better with `{setting}` in `mosaic` (mean likeness less \
                 two standard errors {other:.2}) than as they are said to lie ({sure:.2}): set that, \
                 or {}",
                what_to_check(task)
            )));
        }
        if other > AS_GOOD * sure && !by_table {
            return Err(task.wrong(format!(
                "the overlaps of the frames are too small, or hold too few grains, to tell how the \
                 frames lie: they fit each other as well with `{setting}` in `mosaic` (mean likeness \
                 less two standard errors {other:.2}) as they are said to lie ({sure:.2}). Name a \
                 table of positions (file, x_um, y_um) as `positions`, which then decides, or give \
                 the overlap of neighbours as `overlap_px`"
            )));
        }
        return Ok((other > AS_GOOD * sure).then(|| {
            "the overlaps of the frames hold too little to bear out the table of positions, which \
             alone places them: look whether the picture of them is right"
                .to_owned()
        }));
    }
    let Some((edges, n)) = now.edges else {
        return Ok(None);
    };
    let mut best = (edges, None);
    for order in other_orders(task, false) {
        let fit = Fit::of(task, &mut known, &order.places, progress)?;
        if let Some((other, _)) = fit.edges.filter(|(other, _)| *other > best.0) {
            best = (other, Some(order.setting));
        }
    }
    let error = 1.0 / n.sqrt();
    match best {
        (other, Some(setting)) if other - edges > EDGES_ERRORS * error => Err(task.wrong(format!(
            "the frames go on at the edges of others with `{setting}` in `mosaic` (likeness \
                 {other:.2}), and not as they are said to lie ({edges:.2}): set that, or {}",
            what_to_check(task)
        ))),
        _ if edges < EDGES_ERRORS * error => Ok(Some(format!(
            "the frames are said to adjoin, but do not go on at each other's edges (likeness \
             {edges:.2} of the pixels there): look whether the picture of them is right"
        ))),
        _ => Ok(None),
    }
}
