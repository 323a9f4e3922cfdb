use serde::{Deserialize, Serialize};

/// The classes that a network tells apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Classes {
    /// Name of every class, in the order of its number.
    pub names: Vec<String>,
    /// Number of the class that is resin, epoxy or air.
    pub background: u8,
}

impl Classes {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.names.len()
    }

    /// The number of each.
    pub(crate) fn numbers(&self) -> Vec<u8> {
        (0..self.count()).map(|class| class as u8).collect()
    }

    /// Those with some numbers, ascending, the background among them, numbered anew.
    pub(crate) fn only(&self, numbers: &[u8]) -> Self {
        let name = |&number: &u8| self.names[usize::from(number)].clone();
        let before = numbers.iter().filter(|number| **number < self.background);
        Self {
            names: numbers.iter().map(name).collect(),
            background: before.count() as u8,
        }
    }
}

/// What belongs to the classes with some numbers, among as much for all `count` classes; the rest is `other`.
pub(crate) fn spread<T: Clone>(numbers: &[u8], count: usize, values: Vec<T>, other: T) -> Vec<T> {
    let mut all = vec![other; count];
    for (&number, value) in numbers.iter().zip(values) {
        all[usize::from(number)] = value;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_classes_keep_their_names_and_their_background() {
        let classes = Classes {
            names: ["a", "b", "resin", "c", "d"].map(str::to_owned).to_vec(),
            background: 2,
        };
        let some = classes.only(&[1, 2, 4]);
        assert_eq!(some.names, ["b", "resin", "d"]);
        assert_eq!(some.background, 1);
        assert_eq!(classes.only(&[0, 1, 2, 3, 4]), classes);
        assert_eq!(spread(&[1, 2, 4], 5, vec![7, 8, 9], 0), [0, 7, 8, 0, 9]);
    }
}
