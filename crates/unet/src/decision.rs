/// The class of a voxel by its probabilities, which need not sum to 1.
///
/// First resin against all minerals together, then the most probable mineral. The most probable of
/// all classes would put a rim where one mineral alone outweighs resin, and so shrink a particle
/// wherever its mineral is in doubt.
pub(crate) fn decide(
    classes: usize,
    background: usize,
    probability: impl Fn(usize) -> f32,
) -> usize {
    let (mut solid, mut best, mut most) = (0.0, background, f32::NEG_INFINITY);
    for class in (0..classes).filter(|&class| class != background) {
        let p = probability(class);
        solid += p;
        if p > most {
            (best, most) = (class, p);
        }
    }
    if solid > probability(background) {
        best
    } else {
        background
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minerals_in_doubt_are_still_particle() {
        let of = |p: [f32; 3]| decide(3, 1, |class| p[class]);
        assert_eq!(of([0.3, 0.4, 0.3]), 0);
        assert_eq!(of([0.2, 0.4, 0.4]), 2);
        assert_eq!(of([0.2, 0.6, 0.2]), 1);
        assert_eq!(decide(1, 0, |_| 1.0), 0);
    }
}
