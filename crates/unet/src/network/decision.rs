/// What the probabilities of a voxel say.
pub(crate) struct Decision {
    /// The class.
    pub class: usize,
    /// Logarithm of how many times as much the foremost mineral weighs as the second one; infinite
    /// where there is no second.
    pub mineral_log_odds: f32,
}

/// The class of a voxel by its probabilities, which need not sum to 1.
///
/// First resin against all minerals together, then the mineral of the largest probability times its
/// weight. The most probable of all classes would put a rim where one mineral alone outweighs resin,
/// and so shrink a particle wherever its mineral is in doubt.
pub(crate) fn decide(
    background: usize,
    weights: &[f32],
    probability: impl Fn(usize) -> f32,
) -> Decision {
    let (mut solid, mut best) = (0.0, background);
    let (mut most, mut second) = (f32::NEG_INFINITY, 0.0);
    let minerals = weights.iter().enumerate();
    for (class, weight) in minerals.filter(|(class, _)| *class != background) {
        let p = probability(class);
        solid += p;
        let weighted = weight * p;
        if weighted > most {
            second = most.max(0.0);
            (best, most) = (class, weighted);
        } else {
            second = weighted.max(second);
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
        let of = |p: [f32; 3]| decide(1, &[1.0; 3], |class| p[class]).class;
        assert_eq!(of([0.3, 0.4, 0.3]), 0);
        assert_eq!(of([0.2, 0.4, 0.4]), 2);
        assert_eq!(of([0.2, 0.6, 0.2]), 1);
        assert_eq!(decide(0, &[1.0], |_| 1.0).class, 0);
    }

    #[test]
    fn weights_tell_minerals_apart_and_leave_resin() {
        let of = |p: [f32; 3]| decide(1, &[1.0, 9.0, 2.5], |class| p[class]);
        assert_eq!(of([0.4, 0.4, 0.2]).class, 2);
        assert!((of([0.4, 0.4, 0.2]).mineral_log_odds - 1.25f32.ln()).abs() < 1e-6);
        assert_eq!(of([0.3, 0.55, 0.15]).class, 1);
    }

    #[test]
    fn the_odds_are_those_of_the_two_foremost_minerals() {
        let of = |p: [f32; 4]| decide(1, &[1.0; 4], |class| p[class]).mineral_log_odds;
        for p in [
            [0.1, 0.3, 0.2, 0.4],
            [0.4, 0.3, 0.2, 0.1],
            [0.2, 0.3, 0.4, 0.1],
        ] {
            assert!((of(p) - 2f32.ln()).abs() < 1e-6, "{p:?}");
        }
        assert_eq!(
            decide(0, &[1.0; 2], |_| 0.5).mineral_log_odds,
            f32::INFINITY
        );
    }
}
