//! Every kernel with what belongs to it. `tests/registry.rs` walks it and fails on a gap: a shader
//! without an entry, a twin, a parity test or a bench that is not there, a parity test that does
//! not say that it has launched the kernel.

use crate::{Shader, shaders};

/// A kernel, its CPU twin, and what holds them together. Its host struct is generated from the
/// WGSL.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// The kernel.
    pub shader: &'static Shader,
    /// What does the same on the processor; users run it.
    pub cpu_twin: Place,
    /// The test that finds both equal, on an output that was poisoned.
    pub parity_test: Place,
    /// The bench that measures both.
    pub bench: Place,
}

/// A function in the sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Folder of the repository, at any depth below which the file lies.
    pub below: &'static str,
    /// Name of the file.
    pub file: &'static str,
    /// Name of the function.
    pub function: &'static str,
}

const fn at(below: &'static str, file: &'static str, function: &'static str) -> Place {
    Place {
        below,
        file,
        function,
    }
}

const LABEL: (Place, Place) = (
    at("crates/stats/src", "cpu.rs", "label"),
    at("benches/benches", "label.rs", "labels"),
);
const DISTANCE: (Place, Place) = (
    at(
        "crates/stats/src/imaging/distance",
        "cpu.rs",
        "squared_distance",
    ),
    at("benches/benches", "distance.rs", "distance"),
);
const CONVOLUTION_PARITY: Place = at(
    "crates/unet/src",
    "tests.rs",
    "convolution_and_both_gradients",
);
const POINTWISE_PARITY: Place = at("crates/unet/src", "tests.rs", "pointwise_and_its_gradients");
const OPTIMIZER_PARITY: Place = at("crates/unet/src", "tests.rs", "steps_of_the_optimizer");
const NORM_PARITY: Place = at("crates/unet/src", "tests.rs", "norm_and_its_gradients");
const LAYER_BENCH: Place = at("benches/benches", "unet.rs", "layers");

const fn label(shader: &'static Shader) -> Entry {
    Entry {
        shader,
        cpu_twin: LABEL.0,
        parity_test: at("tests/tests", "label.rs", "random_volumes_of_every_density"),
        bench: LABEL.1,
    }
}

const fn distance(shader: &'static Shader) -> Entry {
    Entry {
        shader,
        cpu_twin: DISTANCE.0,
        parity_test: at(
            "tests/tests",
            "distance.rs",
            "equal_spacings_give_equal_distances",
        ),
        bench: DISTANCE.1,
    }
}

const fn convolution(shader: &'static Shader, twin: &'static str) -> Entry {
    Entry {
        shader,
        cpu_twin: at("crates/unet/src/kernels/conv", "mod.rs", twin),
        parity_test: CONVOLUTION_PARITY,
        bench: LAYER_BENCH,
    }
}

const fn norm(shader: &'static Shader, twin: &'static str) -> Entry {
    Entry {
        shader,
        cpu_twin: at("crates/unet/src/kernels", "norm.rs", twin),
        parity_test: NORM_PARITY,
        bench: LAYER_BENCH,
    }
}

const fn pointwise(shader: &'static Shader, twin: &'static str) -> Entry {
    Entry {
        shader,
        cpu_twin: at("crates/unet/src/kernels", "pointwise.rs", twin),
        parity_test: POINTWISE_PARITY,
        bench: LAYER_BENCH,
    }
}

const fn optimizer(shader: &'static Shader, twin: &'static str) -> Entry {
    Entry {
        shader,
        cpu_twin: at("crates/unet/src/kernels", "adamw.rs", twin),
        parity_test: OPTIMIZER_PARITY,
        bench: at("benches/benches", "unet.rs", "network"),
    }
}

const fn layer(shader: &'static Shader, file: &'static str, twin: &'static str) -> Entry {
    Entry {
        shader,
        cpu_twin: at("crates/unet/src", file, twin),
        parity_test: at(
            "crates/unet/src/inference",
            "device_layer.rs",
            "layers_are_the_same_on_both",
        ),
        bench: at("benches/benches", "unet.rs", "segmentation"),
    }
}

/// All kernels, sorted by stem.
pub static ENTRIES: &[Entry] = &[
    optimizer(shaders::adamw::KERNEL.shader(), "step"),
    convolution(shaders::conv3d::KERNEL.shader(), "forward"),
    convolution(
        shaders::conv3d_weight::KERNEL.shader(),
        "add_weight_gradient",
    ),
    distance(shaders::distance_column::KERNEL.shader()),
    distance(shaders::distance_row::KERNEL.shader()),
    distance(shaders::distance_site::KERNEL.shader()),
    Entry {
        shader: shaders::forest_vote::KERNEL.shader(),
        cpu_twin: at("crates/unet/src/forest", "trees.rs", "vote_on"),
        parity_test: at(
            "crates/unet/src/forest",
            "device_trees.rs",
            "trees_vote_alike_on_both",
        ),
        bench: at("benches/benches", "unet.rs", "forest"),
    },
    Entry {
        shader: shaders::joint_histogram::KERNEL.shader(),
        cpu_twin: at("crates/registration/src", "cpu.rs", "histograms"),
        parity_test: at(
            "tests/tests",
            "joint_histogram.rs",
            "counts_are_equal_in_one_slab_and_in_many",
        ),
        bench: at("benches/benches", "joint_histogram.rs", "joint_histogram"),
    },
    label(shaders::label_flatten::KERNEL.shader()),
    label(shaders::label_merge::KERNEL.shader()),
    label(shaders::label_number::KERNEL.shader()),
    label(shaders::label_runs::KERNEL.shader()),
    label(shaders::label_scan::KERNEL.shader()),
    Entry {
        shader: shaders::label_statistics::KERNEL.shader(),
        cpu_twin: at("crates/stats/src", "statistics.rs", "statistics"),
        parity_test: at(
            "tests/tests",
            "label.rs",
            "statistics_of_the_gpu_are_those_of_the_processor",
        ),
        bench: at("benches/benches", "label.rs", "sums"),
    },
    label(shaders::label_write::KERNEL.shader()),
    layer(shaders::layer_add::KERNEL.shader(), "layer.rs", "add"),
    layer(
        shaders::layer_decide::KERNEL.shader(),
        "decision.rs",
        "decide",
    ),
    layer(
        shaders::layer_shares::KERNEL.shader(),
        "layer.rs",
        "write_probabilities",
    ),
    norm(shaders::norm_apply::KERNEL.shader(), "forward"),
    norm(shaders::norm_gradient::KERNEL.shader(), "backward"),
    norm(shaders::norm_gradient_affine::KERNEL.shader(), "backward"),
    norm(shaders::norm_gradient_sums::KERNEL.shader(), "backward"),
    norm(shaders::norm_moments::KERNEL.shader(), "forward"),
    norm(shaders::norm_statistics::KERNEL.shader(), "forward"),
    pointwise(shaders::pointwise::KERNEL.shader(), "forward"),
    pointwise(shaders::pointwise_weight::KERNEL.shader(), "gradients"),
    convolution(shaders::split_sum::KERNEL.shader(), "add_weight_gradient"),
    optimizer(shaders::square_sum::KERNEL.shader(), "squares"),
];
