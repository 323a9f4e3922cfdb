/// Number of liberation classes: 0-10, 10-20, ... 90-100 and exactly 100.
pub const LIBERATION_CLASSES: usize = 11;

/// Lower bounds of the liberation classes, in percent: the thresholds of every liberation curve.
pub const AT_LEAST_PCT: [f64; LIBERATION_CLASSES] = [
    0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 100.0,
];

/// Liberation class of a liberation in percent, 0 to 100.
///
/// The lower bound belongs to a class, the upper one to the next; 100 is a class of its own.
pub fn liberation_class(liberation_pct: f64) -> usize {
    if liberation_pct >= 100.0 {
        LIBERATION_CLASSES - 1
    } else {
        ((liberation_pct / 10.0) as usize).min(LIBERATION_CLASSES - 2)
    }
}

/// Liberation class of a liberation that is known to within `resolution_points` percentage points:
/// one that the counting of voxels puts just below a bound belongs to the class above it. Particles
/// halved through the middle so count as halves, all of them, whichever side of 50 % their voxels
/// fall on. Exactly 100 % stays what it is: no voxel of another mineral.
pub fn liberation_class_within(liberation_pct: f64, resolution_points: f64) -> usize {
    let plain = liberation_class(liberation_pct);
    let reached = liberation_class(liberation_pct + resolution_points.max(0.0));
    reached.clamp(plain, (LIBERATION_CLASSES - 2).max(plain))
}

/// Lower and upper bound of a class in percent; both are 100 for the last.
pub fn liberation_class_bounds_pct(class: usize) -> (f64, f64) {
    let lower = AT_LEAST_PCT[class];
    (lower, (lower + 10.0).min(100.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_belong_to_the_class_above() {
        assert_eq!(liberation_class(0.0), 0);
        assert_eq!(liberation_class(9.999), 0);
        assert_eq!(liberation_class(10.0), 1);
        assert_eq!(liberation_class(99.999), 9);
        assert_eq!(liberation_class(100.0), 10);
        assert_eq!(liberation_class_within(49.9, 0.2), 5);
        assert_eq!(liberation_class_within(49.7, 0.2), 4);
        assert_eq!(liberation_class_within(49.9, f64::NAN), 4);
        assert_eq!(liberation_class_within(99.9, 0.2), 9);
        assert_eq!(liberation_class_within(100.0, 0.2), 10);
        assert_eq!(liberation_class_bounds_pct(9), (90.0, 100.0));
        assert_eq!(liberation_class_bounds_pct(10), (100.0, 100.0));
    }
}
