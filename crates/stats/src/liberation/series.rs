use super::liberation_class::{LIBERATION_CLASSES, liberation_class_within};

/// One particle or profile as seen by one mineral.
#[derive(Debug, Clone, Copy)]
pub(super) struct Observation {
    /// Resampling unit: the 3D particle it belongs to.
    pub(super) unit: u32,
    /// Liberation, 0 to 100 %.
    pub(super) liberation_pct: f64,
    /// How far that may be off, percentage points.
    pub(super) resolution_points: f64,
    /// Amount of the mineral, times the edge weight.
    pub(super) weight: f64,
}

impl Observation {
    pub(super) fn liberation_class(&self) -> usize {
        liberation_class_within(self.liberation_pct, self.resolution_points)
    }
}

/// What one mineral shows on one basis, added up by resampling unit.
#[derive(Debug, Clone)]
pub(super) struct Series {
    /// `(unit, class, weight)`, in the order of the units.
    parts: Vec<(u32, u8, f64)>,
    /// `(unit, weight, weight x liberation)`.
    units: Vec<(u32, f64, f64)>,
    /// Observations with weight, by class.
    pub(super) counts: [u64; LIBERATION_CLASSES],
}

/// Shares of the classes and mean liberation, in percent.
pub(super) type Shares = [f64; LIBERATION_CLASSES + 1];

impl Series {
    /// Observations without weight are left out.
    pub(super) fn new(mut observations: Vec<Observation>) -> Self {
        observations.retain(|o| o.weight > 0.0);
        observations.sort_by_key(|o| (o.unit, o.liberation_class()));
        let mut parts: Vec<(u32, u8, f64)> = Vec::new();
        let mut units: Vec<(u32, f64, f64)> = Vec::new();
        let mut counts = [0; LIBERATION_CLASSES];
        for o in &observations {
            let class = o.liberation_class();
            counts[class] += 1;
            match parts.last_mut() {
                Some((unit, c, w)) if *unit == o.unit && usize::from(*c) == class => *w += o.weight,
                _ => parts.push((o.unit, class as u8, o.weight)),
            }
            let moment = o.weight * o.liberation_pct;
            match units.last_mut() {
                Some((unit, w, m)) if *unit == o.unit => {
                    *w += o.weight;
                    *m += moment;
                }
                _ => units.push((o.unit, o.weight, moment)),
            }
        }
        Self {
            parts,
            units,
            counts,
        }
    }

    /// Shares when unit `u` is there `times(u)` times; NaN when nothing is.
    pub(super) fn shares(&self, times: impl Fn(u32) -> f64) -> Shares {
        let mut shares = [0.0; LIBERATION_CLASSES + 1];
        for &(unit, class, weight) in &self.parts {
            shares[usize::from(class)] += times(unit) * weight;
        }
        let (mut total, mut moment) = (0.0, 0.0);
        for &(unit, weight, m) in &self.units {
            total += times(unit) * weight;
            moment += times(unit) * m;
        }
        for share in &mut shares[..LIBERATION_CLASSES] {
            *share *= 100.0 / total;
        }
        shares[LIBERATION_CLASSES] = moment / total;
        if total > 0.0 {
            shares
        } else {
            [f64::NAN; LIBERATION_CLASSES + 1]
        }
    }

    /// What each unit adds to the deviation of every share and of the mean liberation from what
    /// was found, in percentage points: the influence values of these ratios (Hampel 1974; Davison
    /// and Hinkley 1997, section 2.7.2). One entry a unit of the bootstrap; they add up to 0.
    pub(super) fn influence(&self, found: &Shares, units: usize) -> Vec<Shares> {
        let total: f64 = self.units.iter().map(|&(_, weight, _)| weight).sum();
        let mut values = vec![[0.0; LIBERATION_CLASSES + 1]; units];
        if total <= 0.0 {
            return values;
        }
        for &(unit, class, weight) in &self.parts {
            values[unit as usize][usize::from(class)] += 100.0 * weight / total;
        }
        for &(unit, weight, moment) in &self.units {
            let value = &mut values[unit as usize];
            for (v, share) in value.iter_mut().zip(found) {
                *v -= share * weight / total;
            }
            value[LIBERATION_CLASSES] += moment / total;
        }
        values
    }

    /// How many units of equal weight the weights amount to (Kish 1965).
    pub(super) fn independent(&self) -> f64 {
        let (sum, squares) = self
            .units
            .iter()
            .fold((0.0, 0.0), |(s, q), &(_, w, _)| (s + w, q + w * w));
        if squares > 0.0 {
            sum * sum / squares
        } else {
            0.0
        }
    }

    /// Number of units seen.
    pub(super) fn seen_units(&self) -> usize {
        self.units.len()
    }
}

/// Shares at or above the lower bound of each class, from the shares of the classes.
pub(super) fn at_least(shares: &[f64]) -> [f64; LIBERATION_CLASSES] {
    let mut sums = [0.0; LIBERATION_CLASSES];
    let mut sum = 0.0;
    for class in (0..LIBERATION_CLASSES).rev() {
        sum += shares[class];
        sums[class] = sum;
    }
    sums
}
