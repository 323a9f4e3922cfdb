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
}
