//! Positions and weights of overlapping tiles.

/// First voxels of the tiles along an axis of `length` voxels: evenly spread, neighbours sharing
/// at least `overlap`. One tile when it covers the axis.
pub(crate) fn starts(length: usize, tile: usize, overlap: usize) -> Vec<usize> {
    if tile >= length {
        return vec![0];
    }
    let steps = (length - tile).div_ceil(tile - overlap);
    (0..=steps).map(|i| i * (length - tile) / steps).collect()
}

/// Weight of the voxels of a tile along an axis: a Gaussian whose sigma is an eighth of the tile
/// (nnU-Net), so that voxels with little context count little.
pub(crate) fn weights(tile: usize) -> Vec<f32> {
    let sigma = tile as f32 / 8.0;
    let middle = (tile as f32 - 1.0) / 2.0;
    (0..tile)
        .map(|i| {
            (-0.5 * ((i as f32 - middle) / sigma).powi(2))
                .exp()
                .max(1e-3)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_cover_the_axis_and_overlap() {
        for (length, tile, overlap) in [
            (208, 96, 24),
            (128, 64, 24),
            (97, 96, 24),
            (96, 96, 24),
            (10, 96, 24),
        ] {
            let starts = starts(length, tile, overlap);
            assert_eq!(starts[0], 0);
            assert!(starts.last().unwrap() + tile >= length);
            for pair in starts.windows(2) {
                assert!(pair[1] > pair[0]);
                assert!(pair[0] + tile >= pair[1] + overlap, "{starts:?}");
            }
        }
    }
}
