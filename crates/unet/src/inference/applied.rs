use std::cell::OnceCell;

use burn::tensor::activation::softmax;
use burn::tensor::{Device, Tensor, TensorData};
use corelith_gpu::Compute;

use super::SegmentSettings;
use super::empty::is_empty;
use crate::UnetError;
use crate::kernels::burn_device;
use crate::model::Model;
use crate::network::weights::values;
use crate::network::{Network, Scan};

/// A network on its device, and the scan that it is applied to.
pub(super) struct Applied<'a> {
    network: Network,
    device: Device,
    scan: Scan<'a>,
    classes: usize,
    background: usize,
    mirrors: bool,
    /// What a tile of resin alone lies below.
    empty_below: f32,
    /// A tile of resin on the device.
    resin: OnceCell<Tensor<5>>,
}

/// Probabilities of one tile, `[classes, z, y, x]`.
pub(super) enum Tile {
    /// Resin for certain: the size of the tile.
    Resin([usize; 3]),
    /// What the device is at, `[1, classes, z, y, x]`.
    Computed(Box<Tensor<5>>),
}

impl<'a> Applied<'a> {
    /// A tile with nothing above `empty_below` is resin.
    pub fn new(
        scan: &Scan<'a>,
        model: &Model,
        settings: &SegmentSettings,
        compute: &Compute,
        empty_below: f32,
    ) -> Result<Self, UnetError> {
        let device = burn_device(compute)?;
        let classes = model.card().classes_told();
        Ok(Self {
            network: model.network(&device)?,
            device,
            scan: *scan,
            classes: classes.count(),
            background: usize::from(classes.background),
            mirrors: settings.mirrors,
            empty_below,
            resin: OnceCell::new(),
        })
    }

    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Waits for the device.
    pub fn wait(&self) {
        // What has failed is told by whoever guards the step.
        self.device.sync().ok();
    }

    /// A tile that begins at `corner`.
    pub fn tile(&self, corner: [usize; 3], shape: [usize; 3]) -> Tile {
        let grey = self.scan.cut(corner.map(|c| c as i64), shape);
        if is_empty(&grey, shape, self.empty_below) {
            return Tile::Resin(shape);
        }
        let [z, y, x] = shape;
        let input: Tensor<5> =
            Tensor::from_data(TensorData::new(grey, [1, 1, z, y, x]), &self.device);
        if !self.mirrors {
            return Tile::Computed(Box::new(softmax(self.network.forward(input), 1)));
        }
        let images = (0..8u32).map(|image| {
            let mirror = |x: Tensor<5>| {
                (0..3)
                    .filter(|axis| image >> axis & 1 == 1)
                    .fold(x, |x, axis| x.flip([axis + 2]))
            };
            mirror(softmax(self.network.forward(mirror(input.clone())), 1))
        });
        let sum = images.reduce(|sum, found| sum + found);
        Tile::Computed(Box::new(sum.unwrap_or(input) / 8.0))
    }

    fn resin(&self, shape: [usize; 3]) -> Vec<f32> {
        let voxels = shape.iter().product::<usize>();
        let mut certain = vec![0.0; self.classes * voxels];
        certain[self.background * voxels..][..voxels].fill(1.0);
        certain
    }

    /// The probabilities on the host.
    pub fn on_host(&self, tile: Tile) -> Vec<f32> {
        match tile {
            Tile::Resin(shape) => self.resin(shape),
            Tile::Computed(tensor) => values(*tensor),
        }
    }

    /// The probabilities on the device.
    pub fn on_device(&self, tile: Tile) -> Tensor<5> {
        match tile {
            Tile::Resin(shape) => {
                let resin = self.resin.get_or_init(|| {
                    let [z, y, x] = shape;
                    let data = TensorData::new(self.resin(shape), [1, self.classes, z, y, x]);
                    Tensor::from_data(data, &self.device)
                });
                resin.clone()
            }
            Tile::Computed(tensor) => *tensor,
        }
    }
}
