//! Slices on another scale.

use std::sync::atomic::{AtomicU64, Ordering};

use corelith_core::{Raster, Volume};
use rayon::prelude::*;

use super::SliceScale;
use super::pair::Columns;

/// The section in the middle along y, x to the right and z down.
pub(super) fn section(volume: &Volume<u16>) -> Raster<u16> {
    let [nz, ny, nx] = volume.shape();
    Raster::from_fn(nz, nx, |x, z| volume.at(x, ny / 2, z))
}

/// Changes the greys of all slices but for padding and voxels without a value (grey 0); gives the
/// number of voxels that would lie outside the range of greys.
pub(super) fn apply(volume: &mut Volume<u16>, slices: &[SliceScale], columns: &Columns) -> u64 {
    let [_, ny, nx] = volume.shape();
    let clipped = AtomicU64::new(0);
    let all = volume.data_mut().par_chunks_mut(ny * nx).zip(slices);
    all.for_each(|(slice, scale)| {
        if scale.gain == 1.0 && scale.offset == 0.0 {
            return;
        }
        let evened: Vec<f64> = (0..=u16::MAX)
            .map(|grey| (scale.gain * f64::from(grey) + scale.offset).round())
            .collect();
        let mut outside = 0;
        for (grey, &varies) in slice.iter_mut().zip(&columns.varies) {
            if !varies || *grey == 0 {
                continue;
            }
            let to = evened[usize::from(*grey)];
            outside += u64::from(!(0.0..=65_535.0).contains(&to));
            // Saturates.
            *grey = to as u16;
        }
        clipped.fetch_add(outside, Ordering::Relaxed);
    });
    clipped.into_inner()
}
