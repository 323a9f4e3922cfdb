use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, TensorMetadata as _};

use super::{Kernels, NetworkBackend};

#[derive(Debug)]
struct ConvBackward;

impl<B: Kernels> Backward<B, 2> for ConvBackward {
    type State = (FloatTensor<B>, FloatTensor<B>);

    fn backward(
        self,
        ops: Ops<Self::State, 2>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let [node_x, node_weight] = ops.parents;
        let grad = grads.consume::<B>(&ops.node);
        let (x, weight) = ops.state;
        if let Some(node) = node_x {
            let channels = [x.shape()[1]];
            let [grad] = B::conv_input_gradients(channels, weight, grad.clone());
            grads.register::<B>(node.id, grad);
        }
        if let Some(node) = node_weight {
            grads.register::<B>(node.id, B::conv_weight_gradient([x], grad));
        }
    }
}

#[derive(Debug)]
struct JoinedConvBackward;

impl<B: Kernels> Backward<B, 3> for JoinedConvBackward {
    /// Inputs and weights.
    type State = [FloatTensor<B>; 3];

    fn backward(
        self,
        ops: Ops<Self::State, 3>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let [node_x, node_y, node_weight] = ops.parents;
        let grad = grads.consume::<B>(&ops.node);
        let [x, y, weight] = ops.state;
        if node_x.is_some() || node_y.is_some() {
            let channels = [x.shape()[1], y.shape()[1]];
            let gradients = B::conv_input_gradients(channels, weight, grad.clone());
            for (node, gradient) in wanted::<_, B, 2>([node_x, node_y], gradients) {
                grads.register::<B>(node.id, gradient);
            }
        }
        if let Some(node) = node_weight {
            grads.register::<B>(node.id, B::conv_weight_gradient([x, y], grad));
        }
    }
}

#[derive(Debug)]
struct GatherBackward;

impl<B: Kernels> Backward<B, 1> for GatherBackward {
    type State = ();

    fn backward(
        self,
        ops: Ops<Self::State, 1>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let grad = grads.consume::<B>(&ops.node);
        if let [Some(node)] = ops.parents {
            grads.register::<B>(node.id, B::spread(grad));
        }
    }
}

#[derive(Debug)]
struct SpreadBackward;

impl<B: Kernels> Backward<B, 1> for SpreadBackward {
    type State = ();

    fn backward(
        self,
        ops: Ops<Self::State, 1>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let grad = grads.consume::<B>(&ops.node);
        if let [Some(node)] = ops.parents {
            grads.register::<B>(node.id, B::gather(grad));
        }
    }
}

#[derive(Debug)]
struct NormBackward;

impl<B: Kernels> Backward<B, 3> for NormBackward {
    /// Input, scale, shift, statistics.
    type State = [FloatTensor<B>; 4];

    fn backward(
        self,
        ops: Ops<Self::State, 3>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let grad = grads.consume::<B>(&ops.node);
        let [x, gamma, beta, statistics] = ops.state;
        let gradients = B::norm_gradients(x, gamma, beta, statistics, grad);
        for (node, gradient) in wanted::<_, B, 3>(ops.parents, gradients) {
            grads.register::<B>(node.id, gradient);
        }
    }
}

#[derive(Debug)]
struct PointwiseBackward;

impl<B: Kernels> Backward<B, 3> for PointwiseBackward {
    /// Input and weights.
    type State = [FloatTensor<B>; 2];

    fn backward(
        self,
        ops: Ops<Self::State, 3>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let grad = grads.consume::<B>(&ops.node);
        let [x, weight] = ops.state;
        for (node, gradient) in
            wanted::<_, B, 3>(ops.parents, B::pointwise_gradients(x, weight, grad))
        {
            grads.register::<B>(node.id, gradient);
        }
    }
}

/// Every parent that wants a gradient, with its own.
fn wanted<P, B: Kernels, const N: usize>(
    parents: [Option<P>; N],
    gradients: [FloatTensor<B>; N],
) -> impl Iterator<Item = (P, FloatTensor<B>)> {
    let pairs = parents.into_iter().zip(gradients);
    pairs.filter_map(|(parent, gradient)| Some((parent?, gradient)))
}

impl<B: Kernels, C: CheckpointStrategy> NetworkBackend for Autodiff<B, C> {
    fn network_pointwise(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let prep = PointwiseBackward
            .prepare::<C>([x.node(), weight.node(), bias.node()])
            .compute_bound()
            .stateful();
        let [x, weight, bias] = [x, weight, bias].map(|tensor| tensor.into_primitive());
        match prep {
            OpsKind::Tracked(prep) => {
                let out = B::pointwise(x.clone(), weight.clone(), bias);
                prep.finish([x, weight], out)
            }
            OpsKind::UnTracked(prep) => prep.finish(B::pointwise(x, weight, bias)),
        }
    }

    fn network_conv(x: FloatTensor<Self>, weight: FloatTensor<Self>) -> FloatTensor<Self> {
        match ConvBackward
            .prepare::<C>([x.node(), weight.node()])
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prep) => {
                let (x, weight) = (x.into_primitive(), weight.into_primitive());
                let out = B::conv([x.clone()], weight.clone());
                prep.finish((x, weight), out)
            }
            OpsKind::UnTracked(prep) => {
                prep.finish(B::conv([x.into_primitive()], weight.into_primitive()))
            }
        }
    }

    fn network_conv_joined(
        x: FloatTensor<Self>,
        y: FloatTensor<Self>,
        weight: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let prep = JoinedConvBackward
            .prepare::<C>([x.node(), y.node(), weight.node()])
            .compute_bound()
            .stateful();
        let [x, y, weight] = [x, y, weight].map(|tensor| tensor.into_primitive());
        match prep {
            OpsKind::Tracked(prep) => {
                let out = B::conv([x.clone(), y.clone()], weight.clone());
                prep.finish([x, y, weight], out)
            }
            OpsKind::UnTracked(prep) => prep.finish(B::conv([x, y], weight)),
        }
    }

    fn network_gather(x: FloatTensor<Self>) -> FloatTensor<Self> {
        match GatherBackward
            .prepare::<C>([x.node()])
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prep) => prep.finish((), B::gather(x.into_primitive())),
            OpsKind::UnTracked(prep) => prep.finish(B::gather(x.into_primitive())),
        }
    }

    fn network_spread(x: FloatTensor<Self>) -> FloatTensor<Self> {
        match SpreadBackward
            .prepare::<C>([x.node()])
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prep) => prep.finish((), B::spread(x.into_primitive())),
            OpsKind::UnTracked(prep) => prep.finish(B::spread(x.into_primitive())),
        }
    }

    fn network_norm(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        match NormBackward
            .prepare::<C>([x.node(), gamma.node(), beta.node()])
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prep) => {
                let (x, gamma, beta) = (
                    x.into_primitive(),
                    gamma.into_primitive(),
                    beta.into_primitive(),
                );
                let (out, statistics) = B::norm(x.clone(), gamma.clone(), beta.clone());
                prep.finish([x, gamma, beta, statistics], out)
            }
            OpsKind::UnTracked(prep) => prep.finish(
                B::norm(
                    x.into_primitive(),
                    gamma.into_primitive(),
                    beta.into_primitive(),
                )
                .0,
            ),
        }
    }
}
