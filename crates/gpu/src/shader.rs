use std::marker::PhantomData;

use bytemuck::Pod;

use crate::Work;

/// A compute kernel as its WGSL describes it: entry point `main`, in group 0 the storage buffers
/// from binding 0 on, then one uniform with the parameters.
#[derive(Debug)]
pub struct Shader {
    /// Name of the file in `shaders/`, without its extension.
    pub stem: &'static str,
    /// Complete WGSL source, imports resolved.
    pub wgsl: &'static str,
    /// Invocations of a workgroup along x, y and z.
    pub workgroup_size: [u32; 3],
    /// Storage buffers, in the order of their bindings.
    pub storage: &'static [Storage],
}

/// A storage buffer of a kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Storage {
    /// Its name in the WGSL.
    pub name: &'static str,
    /// Whether the kernel may write to it.
    pub writes: bool,
}

impl Shader {
    /// Workgroups along each axis that cover `invocations`.
    pub fn workgroups(&self, invocations: [u32; 3]) -> [u32; 3] {
        std::array::from_fn(|axis| invocations[axis].div_ceil(self.workgroup_size[axis]))
    }
}

/// A [`Shader`] with the type of its parameters and the number of its storage buffers, so that a
/// launch with others does not compile.
#[derive(Debug)]
pub struct Kernel<P, const N: usize> {
    shader: Shader,
    parameters: PhantomData<fn() -> P>,
}

impl<P: Pod, const N: usize> Kernel<P, N> {
    /// A kernel that was generated from its WGSL.
    pub(crate) const fn new(shader: Shader) -> Self {
        assert!(shader.storage.len() == N);
        Self {
            shader,
            parameters: PhantomData,
        }
    }

    /// What the WGSL says.
    pub const fn shader(&self) -> &Shader {
        &self.shader
    }

    /// A launch of `workgroups` workgroups that do `work` together.
    pub fn launch(&'static self, parameters: P, workgroups: [u32; 3], work: Work) -> Launch<N> {
        Launch(AnyLaunch {
            shader: &self.shader,
            parameters: words(&parameters),
            workgroups,
            work,
        })
    }

    /// A launch of at least `invocations` invocations along x, y and z.
    pub fn launch_over(
        &'static self,
        parameters: P,
        invocations: [u32; 3],
        work: Work,
    ) -> Launch<N> {
        self.launch(parameters, self.shader.workgroups(invocations), work)
    }
}

/// The bytes of the parameters in whole words of 8 bytes.
fn words<P: Pod>(parameters: &P) -> Vec<u64> {
    let mut bytes = bytemuck::bytes_of(parameters).to_vec();
    bytes.resize(bytes.len().next_multiple_of(size_of::<u64>()), 0);
    bytemuck::pod_collect_to_vec(&bytes)
}

/// One launch of a kernel with `N` storage buffers: the same for buffers of wgpu
/// ([`Commands::run`](crate::Commands::run)) and for tensors of Burn.
#[derive(Debug, Clone)]
pub struct Launch<const N: usize>(AnyLaunch);

impl<const N: usize> Launch<N> {
    /// The launch, whatever the number of its buffers.
    pub fn any(&self) -> &AnyLaunch {
        &self.0
    }
}

/// A [`Launch`] of any number of buffers.
#[derive(Debug, Clone)]
pub struct AnyLaunch {
    /// The kernel.
    pub shader: &'static Shader,
    /// Its parameters, as the uniform holds them.
    pub parameters: Vec<u64>,
    /// Workgroups along x, y and z.
    pub workgroups: [u32; 3],
    /// What they do together.
    pub work: Work,
}
