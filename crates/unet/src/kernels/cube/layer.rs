use burn::backend::{Cube, TensorMetadata as _};
use burn::tensor::Shape;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use corelith_gpu::Work;
use corelith_gpu::shaders::{layer_add, layer_decide, layer_shares};

use super::launch::{empty, run};
use crate::kernels::{DecisionRule, LayerBackend, TilePlace};

/// Classes, and voxels of a slice.
fn sizes(layer: &CubeTensor) -> [u32; 2] {
    let shape = layer.shape();
    [shape[1] - 1, shape[2]].map(|n| n as u32)
}

/// What a slice takes.
fn work([classes, area]: [u32; 2]) -> Work {
    Work::of(
        area.into(),
        8 * u64::from(classes + 1),
        4 * u64::from(classes),
    )
}

impl LayerBackend for Cube {
    fn layer_add(
        layer: CubeTensor,
        tile: CubeTensor,
        axes: CubeTensor,
        place: TilePlace,
    ) -> CubeTensor {
        let tile = into_contiguous(tile);
        let [z, y, x] = [2, 3, 4].map(|axis| tile.shape()[axis] as u32);
        let slices = layer.shape()[0] as u32;
        let [classes, _] = sizes(&layer);
        let launch = layer_add::KERNEL.launch_over(
            layer_add::Params {
                tile: [x, y, z],
                classes,
                width: place.width as u32,
                height: place.height as u32,
                x: place.corner[1] as u32,
                y: place.corner[0] as u32,
                begin: place.begin as u32,
                first: place.first as u32,
                ..Default::default()
            },
            [x, y, slices],
            Work::of(
                u64::from(x) * u64::from(y) * u64::from(slices),
                12 * u64::from(classes + 1),
                4 * u64::from(classes + 1),
            ),
        );
        run(&launch, [&tile, &axes, &layer]);
        layer
    }

    fn layer_decide(
        layer: CubeTensor,
        weights: CubeTensor,
        slice: usize,
        rule: DecisionRule,
    ) -> (CubeTensor, CubeTensor) {
        let [classes, area] = sizes(&layer);
        let words = area.div_ceil(2);
        let out = empty(&layer, Shape::new([words as usize]));
        let launch = layer_decide::KERNEL.launch_over(
            layer_decide::Params {
                area,
                classes,
                background: rule.background as u32,
                slice: slice as u32,
                step_nats: rule.step_nats,
            },
            [words, 1, 1],
            work([classes, area]),
        );
        run(&launch, [&layer, &weights, &out]);
        (layer, out)
    }

    fn layer_shares(layer: CubeTensor, slice: usize) -> CubeTensor {
        let [classes, area] = sizes(&layer);
        let words = area.div_ceil(4);
        let out = empty(&layer, Shape::new([classes as usize, words as usize]));
        let launch = layer_shares::KERNEL.launch_over(
            layer_shares::Params {
                area,
                classes,
                slice: slice as u32,
                words,
            },
            [words, classes, 1],
            work([classes, area]),
        );
        run(&launch, [&layer, &out]);
        out
    }
}
