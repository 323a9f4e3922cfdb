use pulp::{Simd, WithSimd};

/// Runs `work` with the widest vectors that this processor has.
#[inline]
pub fn vectorize<W: WithSimd>(work: W) -> W::Output {
    #[cfg(target_arch = "x86_64")]
    {
        if let Some(simd) = pulp::x86::V4::try_new() {
            return Simd::vectorize(simd, work);
        }
        if let Some(simd) = pulp::x86::V3::try_new() {
            return Simd::vectorize(simd, work);
        }
    }
    pulp::Arch::new().dispatch(work)
}

/// The values of a slice of at most a vector; zero behind its end.
#[inline(always)]
pub fn load<S: Simd>(simd: S, from: &[f32]) -> S::f32s {
    if from.len() == S::F32_LANES {
        // SAFETY: a vector lies there; every bit pattern is one.
        unsafe { from.as_ptr().cast::<S::f32s>().read_unaligned() }
    } else {
        simd.partial_load_f32s(from)
    }
}

/// Writes the first values of a vector over a slice of at most a vector.
#[inline(always)]
pub fn store<S: Simd>(simd: S, to: &mut [f32], values: S::f32s) {
    if to.len() == S::F32_LANES {
        // SAFETY: a vector has room there.
        unsafe { to.as_mut_ptr().cast::<S::f32s>().write_unaligned(values) };
    } else {
        simd.partial_store_f32s(to, values);
    }
}
