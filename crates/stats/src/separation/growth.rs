use corelith_core::Volume;

/// Grows labels into the unlabelled voxels of `mask`, over voxel faces, one layer at a time;
/// where two labels meet in a layer the smaller one wins. Voxels out of reach stay 0.
pub(super) fn grow(labels: &mut Volume<u32>, mask: &Volume<u8>) {
    let [nz, ny, nx] = labels.shape();
    let neighbours = move |at: usize| {
        let (x, y, z) = (at % nx, at / nx % ny, at / nx / ny);
        [
            (x > 0).then(|| at - 1),
            (x + 1 < nx).then_some(at + 1),
            (y > 0).then(|| at - nx),
            (y + 1 < ny).then_some(at + nx),
            (z > 0).then(|| at - nx * ny),
            (z + 1 < nz).then_some(at + nx * ny),
        ]
        .into_iter()
        .flatten()
    };
    let is_open = |labels: &Volume<u32>, at: usize| labels.data()[at] == 0 && mask.data()[at] != 0;
    let mut layer: Vec<usize> = (0..labels.len())
        .filter(|&at| is_open(labels, at) && neighbours(at).any(|to| labels.data()[to] != 0))
        .collect();
    let mut next = Vec::new();
    while !layer.is_empty() {
        let reached: Vec<(usize, u32)> = layer
            .iter()
            .map(|&at| {
                let nearest = neighbours(at)
                    .map(|to| labels.data()[to])
                    .filter(|&label| label != 0)
                    .min();
                (at, nearest.unwrap_or(0))
            })
            .collect();
        for &(at, label) in &reached {
            labels.data_mut()[at] = label;
        }
        next.clear();
        for &at in &layer {
            next.extend(neighbours(at).filter(|&to| is_open(labels, to)));
        }
        next.sort_unstable();
        next.dedup();
        std::mem::swap(&mut layer, &mut next);
    }
}

#[cfg(test)]
mod tests {
    use corelith_core::Spacing;

    use super::*;

    #[test]
    fn labels_meet_half_way_and_stay_in_the_mask() {
        let spacing = Spacing::isotropic(1.0);
        let mut labels = Volume::new(vec![7, 0, 0, 0, 0, 3, 0, 0], [1, 1, 8], spacing).unwrap();
        let mask = Volume::new(vec![1, 1, 1, 1, 1, 1, 0, 1], [1, 1, 8], spacing).unwrap();
        grow(&mut labels, &mask);
        assert_eq!(labels.data(), [7, 7, 7, 3, 3, 3, 0, 0]);
    }
}
