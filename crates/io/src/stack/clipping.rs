//! Greys that were cut off at the ends of their scale.

use super::gathered::Gathered;
use super::grey_scale::GreyScale;

/// Voxels at one end of the scale beyond this share were clipped; fewer are metal, or pores.
const CLIPPED_MIN: f64 = 0.02;

/// No more greys than this are a mask or labels.
const GREYS_OF_LABELS: usize = 8;

/// Sentences on clipped greys, and on a volume that has hardly any.
pub(super) fn clipped(gathered: &Gathered, scale: GreyScale) -> Vec<String> {
    let counts = &gathered.counts;
    let greys = counts.iter().filter(|count| **count > 0).count();
    let Some([low, high]) = gathered.range() else {
        return Vec::new();
    };
    let value = |grey: u16| scale.value_at_0 + scale.value_a_grey * f64::from(grey);
    if greys <= GREYS_OF_LABELS {
        let few = format!(
            "the CT holds {greys} values only, from {} to {}: those of a mask or of labels, not \
             the greys of a scan; name the slices of the reconstruction",
            value(low),
            value(high)
        );
        return Vec::from_iter((greys > 1).then_some(few));
    }
    let note = |grey: u16, end: &str| {
        let all = gathered.voxels() as f64;
        if counts[usize::from(grey)] as f64 <= CLIPPED_MIN * all {
            return None;
        }
        let share = (counts[usize::from(grey)] - gathered.padding(grey)) as f64 / all;
        (share > CLIPPED_MIN).then(|| {
            format!(
                "{:.1} % of the voxels have the {end} value, {}: the greys were clipped (or \
                 masked) when the CT was exported, and what lies beyond looks alike; export it \
                 with a wider range of greys, or 16 bits",
                100.0 * share,
                value(grey)
            )
        })
    };
    let ends = match scale.value_a_grey < 0.0 {
        true => ["highest", "lowest"],
        false => ["lowest", "highest"],
    };
    [low, high]
        .into_iter()
        .zip(ends)
        .filter_map(|(grey, end)| note(grey, end))
        .collect()
}

#[cfg(test)]
mod tests {
    use corelith_core::Volume;

    use super::super::phantom::balls;
    use super::*;

    #[test]
    fn clipped_greys_are_told_from_padding_and_masks() {
        let told = |volume: &Volume<u16>| clipped(&Gathered::of(volume), GreyScale::IDENTITY);
        let scan = balls(7);
        assert_eq!(told(&scan), Vec::<String>::new());
        let high = told(&scan.map(|&v| (v / 80).min(255)));
        assert_eq!(high.len(), 1, "{high:?}");
        assert!(high[0].contains("highest value, 255"), "{high:?}");
        let low = told(&scan.map(|&v| v.max(9500)));
        assert!(low[0].contains("lowest value, 9500"), "{low:?}");
        let mut padded = scan.clone();
        let [_, ny, nx] = padded.shape();
        for (i, grey) in padded.data_mut().iter_mut().enumerate() {
            if i % nx < 12 || i < 3 * nx * ny {
                *grey = 0;
            }
        }
        assert_eq!(told(&padded), Vec::<String>::new());
        let mask = told(&scan.map(|&v| u16::from(v > 15_000)));
        assert!(
            mask[0].contains("holds 2 values only, from 0 to 1"),
            "{mask:?}"
        );
    }
}
