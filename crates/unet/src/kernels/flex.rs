use burn::backend::tensor::FloatTensor;
use burn::backend::{Flex, TensorMetadata};
use burn::tensor::TensorData;
use burn_flex::FlexTensor;

use super::{AdamWStep, Extent, Kernels, OptimizerBackend, adamw, conv, norm, pointwise, shuffle};

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

/// The channels of every sample of tensors that are joined along their channels.
fn samples<'a>(tensors: &'a [FlexTensor]) -> impl Iterator<Item = Vec<&'a [f32]>> {
    let batch = tensors[0].shape()[0];
    (0..batch).map(move |sample| {
        let of = |tensor: &'a FlexTensor| {
            let ([_, channels], extent) = sizes(tensor);
            let of_sample = channels * extent.voxels();
            values(tensor)[sample * of_sample..][..of_sample].chunks_exact(extent.voxels())
        };
        tensors.iter().flat_map(of).collect()
    })
}

fn contiguous<const N: usize>(tensors: [FlexTensor; N]) -> [FlexTensor; N] {
    tensors.map(|tensor| tensor.to_contiguous())
}

impl Kernels for Flex {
    fn conv<const N: usize>(inputs: [FlexTensor; N], weight: FlexTensor) -> FlexTensor {
        let (inputs, weight) = (contiguous(inputs), weight.to_contiguous());
        let ([batch, _], extent) = sizes(&inputs[0]);
        let co = weight.shape()[0];
        let mut out = vec![0.0; batch * co * extent.voxels()];
        for (x, out) in samples(&inputs).zip(out.chunks_exact_mut(co * extent.voxels())) {
            let out = out.chunks_exact_mut(extent.voxels()).collect();
            conv::forward(&x, values(&weight), extent, out);
        }
        tensor(out, [batch, co, extent.depth, extent.height, extent.width])
    }

    fn conv_input_gradients<const N: usize>(
        channels: [usize; N],
        weight: FlexTensor,
        grad: FlexTensor,
    ) -> [FlexTensor; N] {
        let [weight, grad] = contiguous([weight, grad]);
        let ([batch, _], extent) = sizes(&grad);
        let mut out = channels.map(|c| vec![0.0; batch * c * extent.voxels()]);
        for (sample, grad) in samples(std::slice::from_ref(&grad)).enumerate() {
            let of_sample = out
                .iter_mut()
                .zip(channels)
                .flat_map(|(out, c)| {
                    out.chunks_exact_mut(extent.voxels())
                        .skip(sample * c)
                        .take(c)
                })
                .collect();
            conv::input_gradient(&grad, values(&weight), extent, of_sample);
        }
        let mut channels = channels.into_iter();
        out.map(|out| {
            let channels = channels.next().unwrap_or_default();
            let Extent {
                depth,
                height,
                width,
            } = extent;
            tensor(out, [batch, channels, depth, height, width])
        })
    }

    fn conv_weight_gradient<const N: usize>(
        inputs: [FlexTensor; N],
        grad: FlexTensor,
    ) -> FlexTensor {
        let (inputs, grad) = (contiguous(inputs), grad.to_contiguous());
        let ([_, co], extent) = sizes(&grad);
        let ci = inputs.iter().map(|x| x.shape()[1]).sum();
        let mut out = vec![0.0; co * ci * conv::TAPS];
        for (x, grad) in samples(&inputs).zip(samples(std::slice::from_ref(&grad))) {
            conv::add_weight_gradient(&x, &grad, extent, &mut out);
        }
        tensor(out, [co, ci, 3, 3, 3])
    }

    fn gather(x: FlexTensor) -> FlexTensor {
        let x = x.to_contiguous();
        let ([batch, channels], extent) = sizes(&x);
        let mut out = vec![0.0; values(&x).len()];
        shuffle::gather(values(&x), extent, &mut out);
        let [d, h, w] = [extent.depth, extent.height, extent.width].map(|n| n / 2);
        tensor(out, [batch, 8 * channels, d, h, w])
    }

    fn spread(x: FlexTensor) -> FlexTensor {
        let x = x.to_contiguous();
        let ([batch, channels], extent) = sizes(&x);
        let sides = [extent.depth, extent.height, extent.width].map(|n| 2 * n);
        let mut out = vec![0.0; values(&x).len()];
        shuffle::spread(values(&x), Extent::new(sides), &mut out);
        let [depth, height, width] = sides;
        tensor(out, [batch, channels / 8, depth, height, width])
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

    fn pointwise(x: FlexTensor, weight: FlexTensor, bias: FlexTensor) -> FlexTensor {
        pointwise::forward(x, weight, bias)
    }

    fn pointwise_gradients(x: FlexTensor, weight: FlexTensor, grad: FlexTensor) -> [FlexTensor; 3] {
        pointwise::gradients(x, weight, grad)
    }
}

impl OptimizerBackend for Flex {
    fn optimizer_squares(squares: FlexTensor, gradient: FlexTensor, index: usize) -> FlexTensor {
        let (squares, gradient) = (squares.to_contiguous(), gradient.to_contiguous());
        let mut parts = values(&squares).to_vec();
        parts[index * adamw::SQUARE_PARTS] = adamw::squares(values(&gradient));
        let count = parts.len();
        tensor(parts, [count])
    }

    fn optimizer_step(
        parameter: FlexTensor,
        gradient: FlexTensor,
        moments: FlexTensor,
        squares: FlexTensor,
        step: AdamWStep,
    ) -> (FlexTensor, FlexTensor) {
        let [parameter, gradient, moments, squares] =
            contiguous([parameter, gradient, moments, squares]);
        let mut new = values(&parameter).to_vec();
        let mut new_moments = values(&moments).to_vec();
        let squares = values(&squares);
        adamw::step(&mut new, values(&gradient), &mut new_moments, squares, step);
        let count = new.len();
        (
            FlexTensor::from_data(TensorData::new(new, parameter.shape())),
            tensor(new_moments, [3, count]),
        )
    }
}
