/// A compute kernel: entry point `main`, all bindings in group 0.
#[derive(Debug)]
pub struct Shader {
    /// Name of the file in `shaders/`, without its extension.
    pub stem: &'static str,
    /// Complete WGSL source, imports resolved.
    pub wgsl: &'static str,
    /// Invocations of a workgroup along x, y and z.
    pub workgroup_size: [u32; 3],
}

impl Shader {
    /// Workgroups along each axis that cover `invocations`.
    pub fn workgroups(&self, invocations: [u32; 3]) -> [u32; 3] {
        std::array::from_fn(|axis| invocations[axis].div_ceil(self.workgroup_size[axis]))
    }
}
