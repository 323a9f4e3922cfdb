/// What the probabilities of a voxel say.
pub(crate) struct Decision {
    /// The class.
    pub class: usize,
    /// Logarithm of how many times as probable the most probable mineral is as the second most
    /// probable one; infinite where there is no second.
    pub mineral_log_odds: f32,
}

/// The class of a voxel by its probabilities, which need not sum to 1.
///
/// First resin against all minerals together, then the most probable mineral. The most probable of
/// all classes would put a rim where one mineral alone outweighs resin, and so shrink a particle
/// wherever its mineral is in doubt.
pub(crate) fn decide(
    classes: usize,
    background: usize,
    probability: impl Fn(usize) -> f32,
) -> Decision {
    let (mut solid, mut best) = (0.0, background);
    let (mut most, mut second) = (f32::NEG_INFINITY, 0.0);
    for class in (0..classes).filter(|&class| class != background) {
        let p = probability(class);
        solid += p;
        if p > most {
            second = most.max(0.0);
            (best, most) = (class, p);
        } else {
            second = p.max(second);
        }
    }
    Decision {
        class: if solid > probability(background) {
            best
        } else {
            background
        },
        mineral_log_odds: (most / second).ln(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minerals_in_doubt_are_still_particle() {
        let of = |p: [f32; 3]| decide(3, 1, |class| p[class]).class;
        assert_eq!(of([0.3, 0.4, 0.3]), 0);
        assert_eq!(of([0.2, 0.4, 0.4]), 2);
        assert_eq!(of([0.2, 0.6, 0.2]), 1);
        assert_eq!(decide(1, 0, |_| 1.0).class, 0);
    }

    #[test]
    fn the_odds_are_those_of_the_two_foremost_minerals() {
        let of = |p: [f32; 4]| decide(4, 1, |class| p[class]).mineral_log_odds;
        for p in [
            [0.1, 0.3, 0.2, 0.4],
            [0.4, 0.3, 0.2, 0.1],
            [0.2, 0.3, 0.4, 0.1],
        ] {
            assert!((of(p) - 2f32.ln()).abs() < 1e-6, "{p:?}");
        }
        assert_eq!(decide(2, 0, |_| 0.5).mineral_log_odds, f32::INFINITY);
    }
}
