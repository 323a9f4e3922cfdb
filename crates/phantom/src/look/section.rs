//! What particles look like in section: composition, size and grain, measured on placed maps.

use corelith_core::{PlacedMap, Raster, UNMEASURED};

/// Compositions that are kept of all that the maps show.
const COMPOSITIONS: usize = 256;

/// Fewest pixels of the core of a particle whose composition is taken.
const FEWEST_CORE_PIXELS: usize = 20;

/// Fewest runs of a mineral along rows and columns whose length is measured.
const FEWEST_RUNS: usize = 20;

/// Section diameter over that of the largest circle inside, for compact irregular sections.
const DIAMETER_OVER_INSCRIBED: f64 = 1.15;

/// Runs of one class along rows and columns of a map whose single pixels are smoothed away.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chords {
    /// Mean length, micrometres.
    pub mean_um: f64,
    /// Mean by length over mean by number: 1 where all are equal, 2 where they are exponential.
    pub dispersion: f64,
}

/// Particles as the maps show them.
#[derive(Debug, Clone, PartialEq)]
pub struct SectionLook {
    /// Share of every class in the core of a particle section, about as often as such sections
    /// are in the maps by area; the background's is 0.
    pub compositions: Vec<Vec<f64>>,
    /// Chords of every class along rows and columns; none where there are too few.
    pub chords: Vec<Option<Chords>>,
    /// Smaller and larger diameter of sections (the 25th and the 95th percentile), micrometres.
    pub diameters_um: [f64; 2],
}

impl SectionLook {
    /// Measures maps of `classes` classes, of which `background` is resin; none where they show
    /// hardly a particle.
    ///
    /// Touching sections are told apart by their cores: the pixels deeper than the median depth,
    /// 0.29 of the radius of a disc.
    pub fn measure(maps: &[PlacedMap], classes: usize, background: u8) -> Option<Self> {
        let mut cores: Vec<(usize, Vec<f64>)> = Vec::new();
        let mut diameters = Vec::new();
        let mut runs: Vec<[f64; 3]> = vec![[0.0; 3]; classes];
        for map in maps {
            let solid = map.classes.map(|&class| {
                class != background && class != UNMEASURED && usize::from(class) < classes
            });
            let depth_px = depths(&solid);
            let mut depths: Vec<f32> = depth_px
                .data()
                .iter()
                .copied()
                .filter(|&d| d > 0.0)
                .collect();
            if depths.is_empty() {
                continue;
            }
            depths.sort_unstable_by(f32::total_cmp);
            let core_px = depths[depths.len() / 2];
            for core in components(&depth_px.map(|&depth| depth > core_px)) {
                if core.len() < FEWEST_CORE_PIXELS {
                    continue;
                }
                let deepest = core.iter().map(|&i| depth_px.data()[i]).fold(0.0, f32::max);
                let diameter = 2.0 * DIAMETER_OVER_INSCRIBED * f64::from(deepest);
                diameters.push(diameter * map.pixel_um);
                let mut pixels = vec![0usize; classes];
                for &i in &core {
                    pixels[usize::from(map.classes.data()[i])] += 1;
                }
                let share = |&n: &usize| n as f64 / core.len() as f64;
                cores.push((core.len(), pixels.iter().map(share).collect()));
            }
            add_runs(&mut runs, &smoothed(&map.classes), map.pixel_um);
        }
        if cores.is_empty() {
            return None;
        }
        diameters.sort_unstable_by(f64::total_cmp);
        let percentile = |p: usize| diameters[p * (diameters.len() - 1) / 100];
        let chords = |class: usize| {
            let [count, sum, squares] = runs[class];
            (class != usize::from(background) && count >= FEWEST_RUNS as f64).then(|| Chords {
                mean_um: sum / count,
                dispersion: squares * count / (sum * sum),
            })
        };
        Some(Self {
            compositions: by_area(&cores),
            chords: (0..classes).map(chords).collect(),
            diameters_um: [percentile(25), percentile(95)],
        })
    }
}

/// Compositions at even steps of the area of all cores together.
fn by_area(cores: &[(usize, Vec<f64>)]) -> Vec<Vec<f64>> {
    let all: usize = cores.iter().map(|(pixels, _)| pixels).sum();
    let (mut seen, mut taken) = (0, 0);
    let mut compositions = Vec::with_capacity(COMPOSITIONS);
    for (pixels, shares) in cores {
        seen += pixels;
        while taken < COMPOSITIONS && (2 * taken + 1) * all <= 2 * seen * COMPOSITIONS {
            compositions.push(shares.clone());
            taken += 1;
        }
    }
    compositions
}

/// The class of most of a pixel and its neighbours, its own where none has most: a mislabelled pixel or
/// a rough rim cuts no run.
fn smoothed(map: &Raster<u8>) -> Raster<u8> {
    const MOST: usize = 5;
    Raster::from_fn(map.rows(), map.cols(), |col, row| {
        let own = map.at(col, row);
        let around = (0..9).map(|i| {
            let [col, row] = [col + i % 3, row + i / 3];
            let inside = (1..=map.cols()).contains(&col) && (1..=map.rows()).contains(&row);
            inside.then(|| map.at(col - 1, row - 1))
        });
        let around: [Option<u8>; 9] = {
            let mut all = [None; 9];
            all.iter_mut().zip(around).for_each(|(to, from)| *to = from);
            all
        };
        let count = |class: Option<u8>| around.iter().filter(|&&other| other == class).count();
        let most = around
            .iter()
            .find(|&&class| class.is_some() && count(class) >= MOST);
        most.copied().flatten().unwrap_or(own)
    })
}

/// Adds number, length and squared length of the runs of every class, those at the edges of the map
/// left out.
fn add_runs(runs: &mut [[f64; 3]], map: &Raster<u8>, pixel_um: f64) {
    let mut line = |length: usize, at: &dyn Fn(usize) -> u8| {
        let mut begin = 0;
        for i in 1..=length {
            if i < length && at(i) == at(begin) {
                continue;
            }
            if let Some(run) = runs.get_mut(usize::from(at(begin)))
                && begin > 0
                && i < length
            {
                let length_um = (i - begin) as f64 * pixel_um;
                for (sum, value) in run.iter_mut().zip([1.0, length_um, length_um.powi(2)]) {
                    *sum += value;
                }
            }
            begin = i;
        }
    };
    for row in 0..map.rows() {
        line(map.cols(), &|col| map.at(col, row));
    }
    for col in 0..map.cols() {
        line(map.rows(), &|row| map.at(col, row));
    }
}

/// Distance of every solid pixel to the nearest that is not, in pixels, by steps along rows,
/// columns and diagonals (chamfer distance, Borgefors 1986); beyond the map all is solid.
fn depths(solid: &Raster<bool>) -> Raster<f32> {
    let (rows, cols) = (solid.rows() as isize, solid.cols() as isize);
    let mut depth = solid.map(|&solid| if solid { f32::INFINITY } else { 0.0 });
    let diagonal = std::f32::consts::SQRT_2;
    let before = [
        (-1, 0, 1.0),
        (0, -1, 1.0),
        (-1, -1, diagonal),
        (1, -1, diagonal),
    ];
    for sign in [1, -1] {
        for i in 0..rows * cols {
            let i = if sign > 0 { i } else { rows * cols - 1 - i };
            let (row, col) = (i / cols, i % cols);
            for (dx, dy, step) in before {
                let (x, y) = (col + sign * dx, row + sign * dy);
                if (0..cols).contains(&x) && (0..rows).contains(&y) {
                    let through = depth.data()[(y * cols + x) as usize] + step;
                    let here = &mut depth.data_mut()[i as usize];
                    *here = here.min(through);
                }
            }
        }
    }
    // A map without resin has no depth.
    depth.map(|&d| if d.is_finite() { d } else { 0.0 })
}

/// Pixels of every connected part, neighbours along rows and columns.
fn components(mask: &Raster<bool>) -> Vec<Vec<usize>> {
    let (rows, cols) = (mask.rows(), mask.cols());
    let mut seen = vec![false; mask.len()];
    let mut found = Vec::new();
    for start in 0..mask.len() {
        if seen[start] || !mask.data()[start] {
            continue;
        }
        seen[start] = true;
        let mut part = vec![start];
        let mut next = 0;
        while let Some(&i) = part.get(next) {
            next += 1;
            let (row, col) = (i / cols, i % cols);
            let around = [
                (col > 0).then(|| i - 1),
                (col + 1 < cols).then_some(i + 1),
                (row > 0).then(|| i - cols),
                (row + 1 < rows).then_some(i + cols),
            ];
            for j in around.into_iter().flatten() {
                if mask.data()[j] && !seen[j] {
                    seen[j] = true;
                    part.push(j);
                }
            }
        }
        found.push(part);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Discs of radius 12 that touch along rows, of class 1 or, each third, half of class 2.
    fn map() -> PlacedMap {
        let classes = Raster::from_fn(200, 240, |col, row| {
            let (i, off_x, off_y) = (col / 24, (col % 24) as f64 - 11.5, (row % 40) as f64 - 19.5);
            match (off_x.hypot(off_y) < 12.2, i % 3 == 0 && off_x < 0.0) {
                (false, _) => 0,
                (true, false) => 1,
                (true, true) => 2,
            }
        });
        let coordinate = Raster::filled(200, 240, 0.0);
        PlacedMap {
            name: "map".to_owned(),
            classes,
            coords_vox: [coordinate.clone(), coordinate.clone(), coordinate],
            pixel_um: 2.0,
        }
    }

    #[test]
    fn touching_sections_are_told_apart() {
        let look = SectionLook::measure(&[map()], 3, 0).unwrap();
        for diameter_um in look.diameters_um {
            assert!((45.0..62.0).contains(&diameter_um), "{diameter_um}");
        }
        assert_eq!(look.compositions.len(), COMPOSITIONS);
        let mixed = look
            .compositions
            .iter()
            .filter(|shares| shares[2] > 0.2)
            .count();
        let share = mixed as f64 / COMPOSITIONS as f64;
        assert!((share - 1.0 / 3.0).abs() < 0.08, "{share}");
        let pure = look
            .compositions
            .iter()
            .filter(|shares| shares[1] > 0.999)
            .count();
        assert!((pure + mixed).abs_diff(COMPOSITIONS) < 8);
        assert!(look.chords[0].is_none());
        let [one, two] = [1, 2].map(|class: usize| look.chords[class].unwrap());
        assert!(two.mean_um < one.mean_um, "{one:?} {two:?}");
        // Discs, and halves of discs.
        assert!((1.0..1.4).contains(&two.dispersion), "{two:?}");
    }

    #[test]
    fn maps_of_resin_or_without_resin_show_no_particle() {
        for class in [0, 1, UNMEASURED] {
            let mut map = map();
            map.classes = map.classes.map(|_| class);
            assert!(SectionLook::measure(&[map], 3, 0).is_none());
        }
    }
}
