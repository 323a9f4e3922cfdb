//! Constants of the kernel, so that the CPU twin counts exactly as it does.

pub use corelith_gpu::shaders::joint_histogram::{
    CLASS_SHIFT, CLASSES, COORDINATE_BIAS, COORDINATE_BITS, FRACTION_BITS, GREY_BINS, GREY_MAX,
    POSITION_BITS, SAMPLE_WEIGHT, WEIGHT_SHIFT,
};
