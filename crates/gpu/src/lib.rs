//! The one wgpu device, pipelines from WGSL shaders, buffers and readback.
