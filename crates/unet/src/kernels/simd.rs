use pulp::WithSimd;

/// Runs `work` with the widest vectors that this processor has.
#[inline]
pub fn vectorize<W: WithSimd>(work: W) -> W::Output {
    #[cfg(target_arch = "x86_64")]
    {
        if let Some(simd) = pulp::x86::V4::try_new() {
            return pulp::Simd::vectorize(simd, work);
        }
        if let Some(simd) = pulp::x86::V3::try_new() {
            return pulp::Simd::vectorize(simd, work);
        }
    }
    pulp::Arch::new().dispatch(work)
}
