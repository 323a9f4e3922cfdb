use crate::{DeviceChoice, GpuContext};

/// The adapter that parity tests use: any, software Vulkan included.
///
/// `None` only when the environment says `CORELITH_TEST_GPU=no`.
///
/// # Panics
/// When there is no adapter: a test run that silently skips its kernels proves nothing.
pub fn test_context() -> Option<GpuContext> {
    if std::env::var("CORELITH_TEST_GPU").is_ok_and(|value| value == "no") {
        return None;
    }
    match GpuContext::open(DeviceChoice::Gpu) {
        Ok(context) => Some(context),
        Err(error) => panic!(
            "{error}\nKernel tests need an adapter: software Vulkan will do (Debian: apt-get \
             install mesa-vulkan-drivers). CORELITH_TEST_GPU=no leaves these tests out."
        ),
    }
}
