/// Number of liberation classes: 0-10, 10-20, ... 90-100 and exactly 100.
pub const CLASSES: usize = 11;

/// Class of a liberation in percent, 0 to 100.
///
/// The lower bound belongs to a class, the upper one to the next; 100 is a class of its own.
pub fn class_of(liberation_pct: f64) -> usize {
    if liberation_pct >= 100.0 {
        CLASSES - 1
    } else {
        ((liberation_pct / 10.0) as usize).min(CLASSES - 2)
    }
}

/// Lower and upper bound of a class in percent; both are 100 for the last.
pub fn class_bounds_pct(class: usize) -> (f64, f64) {
    let lower = 10.0 * class as f64;
    (lower, (lower + 10.0).min(100.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_belong_to_the_class_above() {
        assert_eq!(class_of(0.0), 0);
        assert_eq!(class_of(9.999), 0);
        assert_eq!(class_of(10.0), 1);
        assert_eq!(class_of(99.999), 9);
        assert_eq!(class_of(100.0), 10);
        assert_eq!(class_bounds_pct(9), (90.0, 100.0));
        assert_eq!(class_bounds_pct(10), (100.0, 100.0));
    }
}
