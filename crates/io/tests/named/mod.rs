//! Minerals by name and colour.

use corelith_core::{Mineral, Minerals};

/// A list without densities; the first is the background.
pub fn minerals(rows: &[(&str, [u8; 3])]) -> Minerals {
    let row = |&(name, rgb): &(&str, [u8; 3])| Mineral {
        name: name.to_owned(),
        rgb,
        density_g_cm3: None,
    };
    Minerals::new(rows.iter().map(row).collect(), rows[0].0).unwrap()
}
