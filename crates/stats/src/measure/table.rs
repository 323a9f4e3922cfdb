use corelith_core::{Minerals, Table, Values};

use super::Particle;
use super::particle::percent;

/// The particles as a table, one row each.
///
/// Columns: `id, centroid_x_um, centroid_y_um, centroid_z_um, voxels, volume_um3,
/// equivalent_diameter_um, surface_um2, sphericity, feret_max_um, feret_min_um, elongation,
/// flatness, solidity, touches_border, doubtful, edge_weight`, then for every mineral but the background
/// `MINERAL_volume_pct` (of the solid, summing to 100), `pore_volume_pct` (of the particle),
/// `MINERAL_surface_pct` (of the solid's exposed surface; empty where none is exposed), and
/// `MINERAL_mass_pct` when the list gives the density of every mineral.
pub fn particle_table(particles: &[Particle], minerals: &Minerals) -> Table {
    let numbers =
        |value: &dyn Fn(&Particle) -> f64| Values::F64(particles.iter().map(value).collect());
    let mut table = Table::new();
    table.push(
        "id",
        Values::U64(particles.iter().map(|p| u64::from(p.id)).collect()),
    );
    for (axis, letter) in ["x", "y", "z"].into_iter().enumerate() {
        table.push(
            format!("centroid_{letter}_um"),
            numbers(&|p| p.centroid_um[axis]),
        );
    }
    table.push(
        "voxels",
        Values::U64(particles.iter().map(|p| p.voxels).collect()),
    );
    table.push("volume_um3", numbers(&|p| p.volume_um3));
    table.push(
        "equivalent_diameter_um",
        numbers(&|p| p.equivalent_diameter_um),
    );
    table.push("surface_um2", numbers(&|p| p.surface_um2));
    table.push("sphericity", numbers(&|p| p.sphericity));
    table.push("feret_max_um", numbers(&|p| p.feret_max_um));
    table.push("feret_min_um", numbers(&|p| p.feret_min_um));
    table.push("elongation", numbers(&|p| p.elongation));
    table.push("flatness", numbers(&|p| p.flatness));
    table.push("solidity", numbers(&|p| p.solidity));
    table.push(
        "touches_border",
        Values::Bool(particles.iter().map(|p| p.touches_border).collect()),
    );
    table.push(
        "doubtful",
        Values::Bool(particles.iter().map(|p| p.doubtful).collect()),
    );
    table.push("edge_weight", numbers(&|p| p.edge_weight));

    let background = minerals.background();
    for class in minerals.solids() {
        table.push(
            format!("{}_volume_pct", minerals.name(class)),
            numbers(&|p| p.volume_pct(class, background)),
        );
    }
    table.push(
        "pore_volume_pct",
        numbers(&|p| {
            let pores = p.mineral_voxels[usize::from(background)];
            percent(pores as f64, p.voxels as f64)
        }),
    );
    for class in minerals.solids() {
        table.push(
            format!("{}_surface_pct", minerals.name(class)),
            numbers(&|p| p.surface_pct(class, background)),
        );
    }
    if let Some(densities) = minerals.solid_densities() {
        let mass = |p: &Particle, class: u8, density: f64| {
            p.mineral_voxels[usize::from(class)] as f64 * density
        };
        for &(class, density) in &densities {
            table.push(
                format!("{}_mass_pct", minerals.name(class)),
                numbers(&|p| {
                    let total: f64 = densities.iter().map(|&(c, d)| mass(p, c, d)).sum();
                    percent(mass(p, class, density), total)
                }),
            );
        }
    }
    table
}
