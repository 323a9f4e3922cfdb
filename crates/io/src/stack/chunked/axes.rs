//! Which axes of an array are z, y and x.

use super::grid::product_text;
use crate::text::shown;

/// An axis of the array.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::stack) struct Axis {
    pub name: String,
    /// As the file has it.
    pub unit: Option<String>,
}

impl Axis {
    pub(in crate::stack) fn named(name: &str) -> Self {
        Self {
            name: name.to_lowercase(),
            unit: None,
        }
    }
}

/// What the axes of an array are.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::stack) struct Roles {
    /// Those that are z, y and x.
    pub zyx: [Option<usize>; 3],
    pub channel: Option<usize>,
}

/// Finds z, y and x among axes of that shape.
///
/// # Errors
/// In words, when they are not in this order, or other axes have several places.
pub(in crate::stack) fn named_roles(axes: &[Axis], shape: &[u64]) -> Result<Roles, String> {
    let at = |name: &str| axes.iter().position(|axis| axis.name == name);
    let listed = || {
        let axes = axes.iter().zip(shape);
        let axes: Vec<String> = axes
            .map(|(a, n)| format!("{} ({n})", shown(&a.name)))
            .collect();
        axes.join(", ")
    };
    let (z, Some(y), Some(x)) = (at("z"), at("y"), at("x")) else {
        return Err(format!(
            "its axes are {}, expected z, y and x among them; name them so",
            listed()
        ));
    };
    if y >= x || z.is_some_and(|z| z >= y) {
        return Err(format!(
            "its axes are {} in this order, and z, y, x are read in this order; save it so",
            listed()
        ));
    }
    let channel = at("c").or_else(|| at("channel"));
    for (i, axis) in axes.iter().enumerate() {
        let is_known = [z, Some(y), Some(x), channel].contains(&Some(i));
        if is_known || shape[i] == 1 {
            continue;
        }
        return Err(match axis.name.as_str() {
            "t" | "time" => format!(
                "it holds {} points in time; save the one that is meant as an image of its own",
                shape[i]
            ),
            name => format!(
                "its axis `{}` has {} places, expected the axes z, y and x and one of channels; \
                 save the volume that is meant as an array of its own",
                shown(name),
                shape[i]
            ),
        });
    }
    Ok(Roles {
        zyx: [z, Some(y), Some(x)],
        channel,
    })
}

/// z, y and x of an array that does not name its axes: the three along which it has several places,
/// or all of three.
///
/// # Errors
/// In words, when there are more or fewer.
pub(in crate::stack) fn unnamed_roles(shape: &[u64]) -> Result<Roles, String> {
    let several: Vec<usize> = (0..shape.len()).filter(|&axis| shape[axis] > 1).collect();
    let zyx = match (&several[..], shape.len()) {
        (_, 3) => [0, 1, 2],
        (&[z, y, x], _) => [z, y, x],
        _ => {
            return Err(format!(
                "its array has the shape {}, and no names of axes; expected three axes, z, y and \
                 x; save the volume that is meant as an array of its own, or name the axes",
                product_text(shape)
            ));
        }
    };
    Ok(Roles {
        zyx: zyx.map(Some),
        channel: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_in_another_order_and_points_in_time_are_refused() {
        let named = |names: &[&str]| names.iter().map(|n| Axis::named(n)).collect::<Vec<_>>();
        let found = named_roles(&named(&["t", "c", "z", "y", "x"]), &[1, 2, 4, 5, 6]).unwrap();
        assert_eq!(found.zyx, [Some(2), Some(3), Some(4)]);
        assert_eq!(found.channel, Some(1));
        let error = named_roles(&named(&["t", "z", "y", "x"]), &[3, 4, 5, 6]).unwrap_err();
        assert!(error.contains("3 points in time"), "{error}");
        let error = named_roles(&named(&["x", "y", "z"]), &[3, 4, 5]).unwrap_err();
        assert!(error.contains("x (3), y (4), z (5)"), "{error}");
        assert!(named_roles(&named(&["a", "y", "x"]), &[3, 4, 5]).is_err());
        for (shape, zyx) in [
            (&[3, 4, 5][..], [0, 1, 2]),
            (&[1, 4, 5], [0, 1, 2]),
            (&[1, 3, 4, 5], [1, 2, 3]),
            (&[3, 4, 5, 1], [0, 1, 2]),
            (&[1, 3, 1, 4, 5], [1, 3, 4]),
        ] {
            assert_eq!(
                unnamed_roles(shape).unwrap().zyx,
                zyx.map(Some),
                "{shape:?}"
            );
        }
        for shape in [&[2, 3, 4, 5][..], &[4, 5], &[1, 1, 4, 5]] {
            assert!(unnamed_roles(shape).is_err(), "{shape:?}");
        }
    }
}
