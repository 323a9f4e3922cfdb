use std::fmt;
use std::time::Duration;

use burn::tensor::{Distribution, Tensor};
use corelith_gpu::{GpuContext, GpuError};
use corelith_unet::burn_device;
use rayon::prelude::*;
use serde::Serialize;

use super::place::Place;
use super::timing::Timing;

/// Bytes that are copied: more than caches hold.
const COPIED_BYTES: usize = 128 << 20;

/// Side of the matrices.
const SIDE: usize = 768;

/// What a place can do at most.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Roof {
    place: String,
    /// Bytes read and written a second by a copy within its memory.
    pub copy_bytes_per_s: Option<f64>,
    /// Floating-point operations a second of a product of matrices of 32-bit floats.
    pub operations_per_s: Option<f64>,
    /// Bytes a second to the adapter, and back.
    bus_bytes_per_s: Option<[f64; 2]>,
}

impl Roof {
    /// Measures it. What a place cannot do stays unknown.
    pub(super) fn measure(place: &Place, quick: bool) -> Self {
        let budget = Duration::from_millis(if quick { 400 } else { 2000 });
        let copy = match place {
            Place::Adapter(gpu, _) => copy_on_adapter(gpu, budget).ok(),
            _ => place.run(|| copy_on_processor(budget)),
        };
        let product = place.run(|| product(place, budget));
        let bus = match place {
            Place::Adapter(gpu, _) => bus(gpu, budget).ok(),
            _ => None,
        };
        Self {
            place: place.name(),
            copy_bytes_per_s: copy.map(|s| 2.0 * COPIED_BYTES as f64 / s),
            operations_per_s: product.map(|s| 2.0 * (SIDE as f64).powi(3) / s),
            bus_bytes_per_s: bus.map(|times| times.map(|s| COPIED_BYTES as f64 / s)),
        }
    }
}

fn copy_on_processor(budget: Duration) -> Option<f64> {
    const PART: usize = 1 << 20;
    let from = vec![1_u8; COPIED_BYTES];
    let mut to = vec![0_u8; COPIED_BYTES];
    let timing = Timing::of(budget, || {
        to.par_chunks_mut(PART)
            .zip(from.par_chunks(PART))
            .for_each(|(to, from)| to.copy_from_slice(from));
        Ok::<_, ()>(std::hint::black_box(to[PART]))
    });
    timing.ok().map(|(timing, _)| timing.median_s)
}

fn copy_on_adapter(gpu: &GpuContext, budget: Duration) -> Result<f64, GpuError> {
    // One copy takes no time beside the wait for it.
    const COPIES: u64 = 8;
    let part = COPIED_BYTES as u64 / COPIES;
    let from = gpu.output("copied from", part)?;
    let to = gpu.output("copied to", part)?;
    let (timing, ()) = Timing::of(budget, || {
        let mut commands = gpu.commands("copies");
        for _ in 0..COPIES {
            commands.copy((&from, 0), (&to, 0), part);
        }
        commands.submit()?;
        gpu.read_part::<u32>(&to, 0, 1).map(|_| ())
    })?;
    Ok(timing.median_s)
}

/// Seconds up and down.
fn bus(gpu: &GpuContext, budget: Duration) -> Result<[f64; 2], GpuError> {
    let words = vec![1_u32; COPIED_BYTES / 4];
    let (up, _) = Timing::of(budget, || {
        let buffer = gpu.storage("sent", &words)?;
        gpu.read_part::<u32>(&buffer, 0, 1)
    })?;
    let buffer = gpu.storage("sent", &words)?;
    let (down, _) = Timing::of(budget, || gpu.read::<u32>(&buffer))?;
    Ok([up.median_s, down.median_s])
}

fn product(place: &Place, budget: Duration) -> Option<f64> {
    let device = burn_device(&place.compute()).ok()?;
    let random = || Tensor::<2>::random([SIDE, SIDE], Distribution::Default, &device);
    let (a, b) = (random(), random());
    let timing = Timing::of(budget, || {
        std::hint::black_box(a.clone().matmul(b.clone()));
        device.sync()
    });
    timing.ok().map(|(timing, ())| timing.median_s)
}

impl fmt::Display for Roof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let giga = |rate: Option<f64>, unit: &str| match rate {
            Some(rate) => format!("{:.1} {unit}", 1e-9 * rate),
            None => "unknown".to_owned(),
        };
        write!(
            f,
            "{}: copies {}, matrix products {}",
            self.place,
            giga(self.copy_bytes_per_s, "GB/s"),
            giga(self.operations_per_s, "GFLOP/s")
        )?;
        if let Some([up, down]) = self.bus_bytes_per_s {
            let (up, down) = (giga(Some(up), "GB/s"), giga(Some(down), "GB/s"));
            write!(f, ", to it {up}, back {down}")?;
        }
        Ok(())
    }
}
