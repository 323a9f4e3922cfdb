//! WGSL kernels on the device of Burn's tensors, in the order of Burn's own.

use burn::tensor::{DType, Shape};
use burn_cubecl::cubecl::client::Client;
use burn_cubecl::cubecl::ir::metadata::Info;
use burn_cubecl::cubecl::ir::{ElemType, Scope, UIntKind};
use burn_cubecl::cubecl::prelude::{
    AddressType, CubeCount, CubeDim, ExecutionMode, KernelDefinition, KernelId, KernelMetadata,
    KernelSettings,
};
use burn_cubecl::cubecl::server::{KernelArguments, MetadataBindingInfo};
use burn_cubecl::cubecl::{CubeKernel, PrecompiledSource};
use burn_cubecl::tensor::CubeTensor;
use corelith_gpu::{AnyLaunch, Launch, Shader};

use crate::kernels::device::context_of;

/// A kernel that needs no compiler but the driver's.
struct Wgsl(&'static Shader);

impl Wgsl {
    fn cube_dim(&self) -> CubeDim {
        let [x, y, z] = self.0.workgroup_size;
        CubeDim::new_3d(x, y, z)
    }
}

impl KernelMetadata for Wgsl {
    fn id(&self) -> KernelId {
        KernelId::new::<Self>()
            .info(self.0.stem)
            .cube_dim(self.cube_dim().0)
            .mode(ExecutionMode::Unchecked)
    }

    fn address_type(&self) -> ElemType {
        UIntKind::U32.into()
    }
}

impl CubeKernel for Wgsl {
    /// Empty: [`CubeKernel::source`] stands in for it.
    fn define(&self) -> KernelDefinition {
        let settings = KernelSettings::new(
            self.cube_dim().0,
            ExecutionMode::Unchecked,
            AddressType::U32,
        );
        KernelDefinition {
            body: Scope::root(settings.clone()),
            settings,
            info: Info::default(),
        }
    }

    fn source(&self) -> Option<PrecompiledSource> {
        Some(PrecompiledSource {
            source: self.0.wgsl.to_owned(),
            entrypoint_name: "main".to_owned(),
            lang: "wgsl",
        })
    }
}

/// Launches a kernel on tensors, which are contiguous, in the order of its bindings.
pub(super) fn run<const N: usize>(launch: &Launch<N>, tensors: [&CubeTensor; N]) {
    let AnyLaunch {
        shader,
        parameters,
        workgroups: [x, y, z],
        ..
    } = launch.any();
    if let Some(context) = context_of(&tensors[0].device.clone().into()) {
        context.count_launch(shader);
    }
    let client: &Client = &tensors[0].client;
    client.launch(
        Box::new(Wgsl(shader)),
        CubeCount::Static(*x, *y, *z),
        KernelArguments::new()
            .with_buffers(tensors.iter().map(|t| t.handle.clone().binding()).collect())
            .with_info(MetadataBindingInfo::custom(parameters.clone())),
    );
}

/// A tensor beside `like` for a kernel to fill. In a test context it is full of NaN, so that a
/// value that no kernel wrote shows.
pub(super) fn empty(like: &CubeTensor, shape: Shape) -> CubeTensor {
    let bytes = shape.num_elements() * size_of::<f32>();
    let client = like.client.clone();
    let handle = if context_of(&like.device.clone().into()).is_some_and(|context| context.poisons())
    {
        client.create_from_slice(&vec![0xFF; bytes])
    } else {
        client.empty(bytes)
    };
    CubeTensor::new_contiguous(client, like.device.clone(), shape, handle, DType::F32)
}
