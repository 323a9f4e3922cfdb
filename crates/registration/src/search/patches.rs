use crate::map::categories::Categories;
use crate::placement::pose::MapPoint;

/// Patches that are tried one after the other until one is found.
const MOST_PATCHES: usize = 4;
/// How far the tilt may move the rim of a patch, in mean chords of the particles. Where particles lie
/// far apart, small patches hold too few of them to tell their place; where they lie dense, the tilt
/// shows others at the rim of large ones.
const RIM_CHORDS: [f64; 2] = [1.0, 0.5];
/// Radii whose ratio is below this are the same.
const SAME_RADIUS: f64 = 1.02;

/// The disc of the map that is searched for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patch {
    pub centre: MapPoint,
    pub radius_vox: f64,
}

/// Discs of the map to search for, large and small ones in turn and the most telling first.
pub(crate) fn patches(categories: &Categories, pixel_vox: f64, tilt_max_deg: f64) -> Vec<Patch> {
    let chord_vox = categories.chord_px() * pixel_vox;
    let steepest = tilt_max_deg.max(1.0).to_radians().sin();
    let raster = &categories.raster;
    let inscribed_vox = 0.49 * raster.rows().min(raster.cols()) as f64 * pixel_vox;
    let [large, small] = RIM_CHORDS.map(|rim| {
        (rim * chord_vox / steepest)
            .max(2.0 * chord_vox)
            .min(inscribed_vox)
    });
    let of_radius = |radius_vox: f64| -> Vec<Patch> {
        most_telling(categories, radius_vox / pixel_vox)
            .into_iter()
            .map(|centre| Patch { centre, radius_vox })
            .collect()
    };
    let large_patches = of_radius(large);
    if large < SAME_RADIUS * small {
        return large_patches;
    }
    let small_patches = of_radius(small);
    (0..MOST_PATCHES)
        .flat_map(|i| [large_patches.get(i), small_patches.get(i)])
        .flatten()
        .take(MOST_PATCHES)
        .copied()
        .collect()
}

/// Middles of the discs of so many pixels radius that tell most, the best first, no two of which
/// show mostly the same.
fn most_telling(categories: &Categories, radius_px: f64) -> Vec<MapPoint> {
    let raster = &categories.raster;
    let stops = |length: usize| {
        let length = length as f64;
        let (first, last) = (radius_px, (length - 1.0 - radius_px).max(radius_px));
        let count = ((last - first) / (0.5 * radius_px)).floor() as usize + 1;
        let middle = (length - 1.0) / 2.0;
        let mut stops: Vec<f64> = (0..count)
            .map(|i| middle + (i as f64 - (count as f64 - 1.0) / 2.0) * 0.5 * radius_px)
            .collect();
        stops.sort_by(|a, b| (a - middle).abs().total_cmp(&(b - middle).abs()));
        stops
    };
    let mut places: Vec<(f64, MapPoint)> = Vec::new();
    for &row in &stops(raster.rows()) {
        for &col in &stops(raster.cols()) {
            let centre = MapPoint { col, row };
            places.push((entropy(categories, centre, radius_px), centre));
        }
    }
    places.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut chosen: Vec<MapPoint> = Vec::new();
    for (_, centre) in places {
        let fresh = chosen
            .iter()
            .all(|other| (other.col - centre.col).hypot(other.row - centre.row) > 0.9 * radius_px);
        if fresh {
            chosen.push(centre);
            if chosen.len() == MOST_PATCHES {
                break;
            }
        }
    }
    chosen
}

/// Entropy in nats of the categories within a disc, times the share of it that was measured.
fn entropy(categories: &Categories, centre: MapPoint, radius_px: f64) -> f64 {
    let raster = &categories.raster;
    let (mut counts, mut within) = (vec![0usize; categories.len()], 0usize);
    let step = (radius_px / 24.0).ceil().max(1.0) as usize;
    let from = |at: f64| (at - radius_px).max(0.0) as usize;
    let to = |at: f64, n: usize| ((at + radius_px) as usize + 1).min(n);
    for row in (from(centre.row)..to(centre.row, raster.rows())).step_by(step) {
        for col in (from(centre.col)..to(centre.col, raster.cols())).step_by(step) {
            if (col as f64 - centre.col).hypot(row as f64 - centre.row) <= radius_px {
                within += 1;
                if let Some(count) = counts.get_mut(usize::from(raster.at(col, row))) {
                    *count += 1;
                }
            }
        }
    }
    let measured = counts.iter().sum::<usize>();
    let total = measured.max(1) as f64;
    let share_measured = measured as f64 / within.max(1) as f64;
    let entropy: f64 = counts
        .iter()
        .filter(|&&count| count > 0)
        .map(|&count| {
            let share = count as f64 / total;
            -share * share.ln()
        })
        .sum();
    share_measured * entropy
}
