use burn::backend::tensor::FloatTensor;
use burn::backend::{Flex, TensorMetadata};
use burn::tensor::TensorData;
use burn_flex::FlexTensor;

use super::{Extent, Kernels, NetworkBackend, conv, norm};

impl NetworkBackend for Flex {
    fn network_conv(x: FlexTensor, weight: FlexTensor) -> FlexTensor {
        Self::conv(x, weight)
    }

    fn network_norm(x: FlexTensor, gamma: FlexTensor, beta: FlexTensor) -> FlexTensor {
        Self::norm(x, gamma, beta).0
    }
}

/// `[batch, channels]` and the size of a channel.
fn sizes(x: &FlexTensor) -> ([usize; 2], Extent) {
    let shape = x.shape();
    (
        [shape[0], shape[1]],
        Extent::new([shape[2], shape[3], shape[4]]),
    )
}

/// The values of a tensor that [`FlexTensor::to_contiguous`] returned.
fn values(x: &FlexTensor) -> &[f32] {
    &x.storage::<f32>()[..x.shape().num_elements()]
}

fn tensor<const D: usize>(data: Vec<f32>, shape: [usize; D]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(data, shape))
}

impl Kernels for Flex {
    fn conv(x: FlexTensor, weight: FlexTensor) -> FlexTensor {
        let (x, weight) = (x.to_contiguous(), weight.to_contiguous());
        let ([batch, ci], extent) = sizes(&x);
        let co = weight.shape()[0];
        let mut out = vec![0.0; batch * co * extent.voxels()];
        for (x, out) in values(&x)
            .chunks_exact(ci * extent.voxels())
            .zip(out.chunks_exact_mut(co * extent.voxels()))
        {
            conv::forward(x, values(&weight), [ci, co], extent, out);
        }
        tensor(out, [batch, co, extent.depth, extent.height, extent.width])
    }

    fn conv_input_gradient(weight: FlexTensor, grad: FlexTensor) -> FlexTensor {
        let (weight, grad) = (weight.to_contiguous(), grad.to_contiguous());
        let ([batch, co], extent) = sizes(&grad);
        let ci = weight.shape()[1];
        let mut out = vec![0.0; batch * ci * extent.voxels()];
        for (grad, out) in values(&grad)
            .chunks_exact(co * extent.voxels())
            .zip(out.chunks_exact_mut(ci * extent.voxels()))
        {
            conv::input_gradient(grad, values(&weight), [ci, co], extent, out);
        }
        tensor(out, [batch, ci, extent.depth, extent.height, extent.width])
    }

    fn conv_weight_gradient(x: FlexTensor, grad: FlexTensor) -> FlexTensor {
        let (x, grad) = (x.to_contiguous(), grad.to_contiguous());
        let ([_, ci], extent) = sizes(&x);
        let co = grad.shape()[1];
        let mut out = vec![0.0; co * ci * 27];
        for (x, grad) in values(&x)
            .chunks_exact(ci * extent.voxels())
            .zip(values(&grad).chunks_exact(co * extent.voxels()))
        {
            conv::add_weight_gradient(x, grad, [ci, co], extent, &mut out);
        }
        tensor(out, [co, ci, 3, 3, 3])
    }

    fn norm(x: FlexTensor, gamma: FlexTensor, beta: FlexTensor) -> (FlexTensor, FlexTensor) {
        let (x, gamma, beta) = (
            x.to_contiguous(),
            gamma.to_contiguous(),
            beta.to_contiguous(),
        );
        let ([batch, channels], extent) = sizes(&x);
        let mut out = vec![0.0; batch * channels * extent.voxels()];
        let mut statistics = vec![[0.0; 2]; batch * channels];
        norm::forward(
            values(&x),
            norm::Affine {
                gamma: values(&gamma),
                beta: values(&beta),
            },
            extent.voxels(),
            &mut out,
            &mut statistics,
        );
        (
            tensor(
                out,
                [batch, channels, extent.depth, extent.height, extent.width],
            ),
            tensor(statistics.into_flattened(), [batch * channels, 2]),
        )
    }

    fn norm_gradients(
        x: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        statistics: FlexTensor,
        grad: FlexTensor,
    ) -> [FloatTensor<Self>; 3] {
        let (x, grad) = (x.to_contiguous(), grad.to_contiguous());
        let (gamma, beta) = (gamma.to_contiguous(), beta.to_contiguous());
        let ([batch, channels], extent) = sizes(&x);
        let mut grad_x = vec![0.0; batch * channels * extent.voxels()];
        let mut affine = vec![[0.0; 2]; batch * channels];
        norm::backward(
            values(&x),
            norm::Affine {
                gamma: values(&gamma),
                beta: values(&beta),
            },
            values(&statistics).as_chunks::<2>().0,
            values(&grad),
            &mut grad_x,
            &mut affine,
        );
        let sum = |which: usize| -> Vec<f32> {
            (0..channels)
                .map(|c| {
                    affine
                        .iter()
                        .skip(c)
                        .step_by(channels)
                        .map(|a| a[which])
                        .sum()
                })
                .collect()
        };
        [
            tensor(
                grad_x,
                [batch, channels, extent.depth, extent.height, extent.width],
            ),
            tensor(sum(0), [channels]),
            tensor(sum(1), [channels]),
        ]
    }
}
