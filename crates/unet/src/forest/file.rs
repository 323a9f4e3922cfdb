//! A forest as arrays, to and from the file of a model.

use super::Forest;
use super::bins::Bins;
use super::context;
use super::deblurring::Deblurring;
use super::features::FEATURES;
use super::tree::Tree;
use super::trees::Trees;
use crate::UnetError;
use crate::network::Classes;
use crate::network::weights::NamedArray;

/// Beginning of the names of all arrays of a forest, and of those of trees that see a context.
const PREFIX: &str = "forest.";
const CONTEXT: &str = "forest.context.";

/// Name of the array that holds blur and noise.
const DEBLURRING: &str = "forest.deblurring";

impl Forest {
    /// Whether an array of a model's file is of its forest.
    pub(crate) fn is_of_forest(array: &NamedArray) -> bool {
        array.name.starts_with(PREFIX)
    }

    /// Everything that [`Forest::from_arrays`] needs.
    pub(crate) fn arrays(&self) -> Vec<NamedArray> {
        let classes = self.classes.count();
        let Deblurring { blur_vox, noise } = self.deblurring;
        let mut arrays = vec![NamedArray {
            name: DEBLURRING.to_owned(),
            shape: vec![2],
            values: vec![blur_vox, noise],
        }];
        arrays.extend(arrays_of(&self.plain, PREFIX, classes));
        let context = self.context.iter();
        arrays.extend(context.flat_map(|trees| arrays_of(trees, CONTEXT, classes)));
        arrays
    }

    /// From the arrays of a model's file.
    ///
    /// # Errors
    /// [`UnetError::Weights`] when they make no forest.
    pub(crate) fn from_arrays(classes: &Classes, arrays: &[NamedArray]) -> Result<Self, UnetError> {
        let (of_context, of_plain): (Vec<&NamedArray>, Vec<_>) = arrays
            .iter()
            .partition(|array| array.name.starts_with(CONTEXT));
        let count = classes.count();
        let context = match of_context.as_slice() {
            [] => None,
            arrays => {
                let width = FEATURES + context::width(count);
                Some(trees_of(arrays, CONTEXT, width, count)?)
            }
        };
        Ok(Self {
            classes: classes.clone(),
            deblurring: deblurring_of(arrays)?,
            plain: trees_of(&of_plain, PREFIX, FEATURES, count)?,
            context,
        })
    }
}

fn deblurring_of(arrays: &[NamedArray]) -> Result<Deblurring, UnetError> {
    let found = arrays.iter().find(|array| array.name == DEBLURRING);
    match found.map(|array| array.values.as_slice()) {
        Some(&[blur_vox, noise])
            if Deblurring::RANGE_VOX.contains(&blur_vox) && noise.is_finite() && noise > 0.0 =>
        {
            Ok(Deblurring { blur_vox, noise })
        }
        _ => Err(UnetError::Weights {
            problem: format!("`{DEBLURRING}` is no blur and noise above 0"),
        }),
    }
}

fn arrays_of(trees: &Trees, prefix: &str, classes: usize) -> Vec<NamedArray> {
    let bounds = trees.bins.bounds().iter().enumerate();
    let mut arrays: Vec<NamedArray> = bounds
        .map(|(feature, bounds)| NamedArray {
            name: format!("{prefix}bounds.{feature:04}"),
            shape: vec![bounds.len()],
            values: bounds.clone(),
        })
        .collect();
    for (i, tree) in trees.trees.iter().enumerate() {
        let (nodes, shares) = tree.tables();
        for (what, values, width) in [("nodes", nodes, Tree::NODE), ("shares", shares, classes)] {
            arrays.push(NamedArray {
                name: format!("{prefix}{what}.{i:03}"),
                shape: vec![values.len() / width, width],
                values,
            });
        }
    }
    arrays
}

fn trees_of(
    arrays: &[&NamedArray],
    prefix: &str,
    width: usize,
    classes: usize,
) -> Result<Trees, UnetError> {
    let refuse = |problem: String| UnetError::Weights { problem };
    let all = |what: &str| {
        let beginning = format!("{prefix}{what}.");
        let of = move |array: &&&NamedArray| array.name.starts_with(&beginning);
        arrays.iter().filter(of).copied().collect::<Vec<_>>()
    };
    let (bounds, nodes, shares) = (all("bounds"), all("nodes"), all("shares"));
    if bounds.len() != width || nodes.is_empty() || nodes.len() != shares.len() {
        return Err(refuse(format!(
            "the forest has bounds of {} features, {} trees and leaves of {}, expected {width} \
             features and as many leaves as trees",
            bounds.len(),
            nodes.len(),
            shares.len()
        )));
    }
    let bins = Bins::from_bounds(bounds.iter().map(|array| array.values.clone()).collect())
        .ok_or_else(|| refuse("the bounds of the forest do not rise".to_owned()))?;
    let trees = nodes.iter().zip(&shares).map(|(nodes, shares)| {
        Tree::from_tables(&nodes.values, &shares.values, classes, width)
            .ok_or_else(|| refuse(format!("`{}` is no tree", nodes.name)))
    });
    Ok(Trees {
        bins,
        trees: trees.collect::<Result<_, _>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forest::tests::striped_forest;

    #[test]
    fn a_forest_survives_its_file_and_a_damaged_one_is_refused() {
        let forest = striped_forest();
        let arrays = forest.arrays();
        assert!(arrays.iter().all(Forest::is_of_forest));
        let read = |arrays: &[NamedArray]| Forest::from_arrays(&forest.classes, arrays);
        assert_eq!(read(&arrays).unwrap(), forest);
        let last = arrays.len() - 1;
        let damaged = |change: &dyn Fn(&mut Vec<NamedArray>)| {
            let mut arrays = arrays.clone();
            change(&mut arrays);
            read(&arrays).unwrap_err().to_string()
        };
        damaged(&|arrays| arrays.truncate(last));
        damaged(&|arrays| arrays.truncate(3));
        for (at, value) in [(0, 1e6), (1, 0.0), (1, f32::NAN)] {
            let said = damaged(&|arrays| arrays[0].values[at] = value);
            assert!(said.contains("forest.deblurring"), "{said}");
        }
        // A node that leads to itself, a feature that does not exist, a leaf beyond the shares.
        let first = arrays
            .iter()
            .position(|a| a.name.contains("nodes"))
            .unwrap();
        for (at, value) in [(2, 0.0), (0, FEATURES as f32), (1, f32::NAN), (2, 1e9)] {
            let said = damaged(&|arrays| arrays[first].values[at] = value);
            assert!(said.contains("forest.nodes.000"), "{said}");
        }
        damaged(&|arrays| arrays[first].values.truncate(Tree::NODE));
        damaged(&|arrays| arrays[first + 1].values[0] = f32::NAN);
        damaged(&|arrays| arrays[first + 1].values.fill(0.0));
        damaged(&|arrays| arrays[1].values[0] = f32::INFINITY);
        damaged(&|arrays| *arrays[1].values.last_mut().unwrap() = 3e38);
        damaged(&|arrays| {
            let bounds = arrays.iter_mut().filter(|a| a.name.contains("bounds"));
            bounds.for_each(|bounds| bounds.values.fill(0.0));
        });
    }
}
