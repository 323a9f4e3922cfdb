//! A layer of tiles that stays on a GPU. On the processor
//! [`Layer`](crate::inference::layer::Layer) does the same.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, backend_extension};

/// Where a tile goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TilePlace {
    /// Size of the layer's slices.
    pub height: usize,
    /// See `height`.
    pub width: usize,
    /// First row and column of the tile in them.
    pub corner: [usize; 2],
    /// Where the slices here begin in the whole layer.
    pub begin: usize,
    /// Where the first slice of the layer lies in it.
    pub first: usize,
}

/// What a slice is decided by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DecisionRule {
    /// The class that is resin.
    pub background: usize,
    /// Nats that a step of the evidence stands for.
    pub step_nats: f32,
}

/// What is done with a layer, `[slices, classes + 1, voxels of a slice]`: weighted probabilities of
/// every class, then the weights.
#[backend_extension(Cube)]
pub trait LayerBackend: Backend {
    /// The layer with a tile, `[1, classes, z, y, x]`, added to it; `axes` are the weights along z,
    /// then y, then x.
    fn layer_add(
        layer: FloatTensor<Self>,
        tile: FloatTensor<Self>,
        axes: FloatTensor<Self>,
        place: TilePlace,
    ) -> FloatTensor<Self>;

    /// The layer with a slice cleared, and of every voxel of that slice class and evidence, a byte
    /// each, in the bits of floats; `weights` are those of the classes where minerals are decided.
    fn layer_decide(
        layer: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        slice: usize,
        rule: DecisionRule,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);

    /// Probability of every class at every voxel of a slice, 0 to 255, a byte each, in the bits of
    /// floats, `[classes, words]`.
    fn layer_shares(layer: FloatTensor<Self>, slice: usize) -> FloatTensor<Self>;
}
