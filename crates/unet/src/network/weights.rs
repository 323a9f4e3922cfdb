//! Weights of a network by name, to and from safetensors.

use std::collections::HashMap;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Tensor, TensorData};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use crate::UnetError;
use crate::kernels::device::context_of;

/// A named array.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NamedArray {
    pub name: String,
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

/// Dotted path of the parameter under the visitor.
#[derive(Default)]
struct Path(Vec<String>);

impl Path {
    fn enter(&mut self, name: &str) {
        self.0.push(name.to_owned());
    }

    fn exit(&mut self) {
        self.0.pop();
    }

    fn name(&self) -> String {
        self.0.join(".")
    }
}

/// All parameters of a module, in the order of its fields.
pub(crate) fn parameters<M: Module>(module: &M) -> Vec<NamedArray> {
    #[derive(Default)]
    struct Collector {
        path: Path,
        arrays: Vec<NamedArray>,
    }
    impl ModuleVisitor for Collector {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let tensor = param.val().inner();
            self.arrays.push(NamedArray {
                name: self.path.name(),
                shape: tensor.dims().to_vec(),
                values: values(tensor),
            });
        }
        fn enter_module(&mut self, name: &str, _container_type: &str) {
            self.path.enter(name);
        }
        fn exit_module(&mut self, _name: &str, _container_type: &str) {
            self.path.exit();
        }
    }
    let mut collector = Collector::default();
    module.visit(&mut collector);
    collector.arrays
}

/// The values of a tensor, on the host. No numbers where the device has failed: whoever computes on
/// it learns why when the step ends.
pub fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    let (device, count) = (tensor.device(), tensor.shape().num_elements());
    let data = tensor.try_into_data().map_err(|error| error.to_string());
    // Bytes may still be on the device.
    let values = data.and_then(|data| data.try_into_vec().map_err(|error| error.to_string()));
    match values {
        Ok(values) => values,
        Err(error) => {
            match context_of(&device) {
                Some(context) => context.report(error),
                None => tracing::error!("values of the CPU cannot be read: {error}"),
            }
            vec![f32::NAN; count]
        }
    }
}

/// The module with the values of `arrays` in place of its own.
///
/// # Errors
/// [`UnetError::Weights`] when a parameter is missing or has another shape.
pub(crate) fn with_parameters<M: Module>(module: M, arrays: &[NamedArray]) -> Result<M, UnetError> {
    struct Loader<'a> {
        path: Path,
        arrays: HashMap<&'a str, &'a NamedArray>,
        problem: Option<String>,
    }
    impl ModuleMapper for Loader<'_> {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            let (name, shape) = (self.path.name(), param.dims());
            match self.arrays.get(name.as_str()) {
                Some(array) if array.shape == shape => param.map(|old| {
                    let data = TensorData::new(array.values.clone(), shape);
                    let new = Tensor::from_data(data, &old.device().inner());
                    if old.is_autodiff() {
                        new.autodiff().set_require_grad(old.is_require_grad())
                    } else {
                        new
                    }
                }),
                Some(array) => {
                    self.problem.get_or_insert(format!(
                        "`{name}` has shape {:?}, {shape:?} expected",
                        array.shape
                    ));
                    param
                }
                None => {
                    self.problem.get_or_insert(format!("`{name}` is missing"));
                    param
                }
            }
        }
        fn enter_module(&mut self, name: &str, _container_type: &str) {
            self.path.enter(name);
        }
        fn exit_module(&mut self, _name: &str, _container_type: &str) {
            self.path.exit();
        }
    }
    let mut loader = Loader {
        path: Path::default(),
        arrays: arrays.iter().map(|a| (a.name.as_str(), a)).collect(),
        problem: None,
    };
    let module = module.map(&mut loader);
    match loader.problem {
        None => Ok(module),
        Some(problem) => Err(UnetError::Weights { problem }),
    }
}

/// Key of the text in the header: a single one, because the order of several is not defined.
const METADATA: &str = "corelith";

/// Writes arrays as safetensors, with `metadata` as text in the header.
///
/// # Errors
/// [`UnetError::Weights`] when two arrays share a name.
pub(crate) fn to_safetensors(
    arrays: &[NamedArray],
    metadata: String,
) -> Result<Vec<u8>, UnetError> {
    let bytes: Vec<Vec<u8>> = arrays
        .iter()
        .map(|a| a.values.iter().flat_map(|v| v.to_le_bytes()).collect())
        .collect();
    let views = arrays
        .iter()
        .zip(&bytes)
        .map(|(array, bytes)| {
            let view = TensorView::new(Dtype::F32, array.shape.clone(), bytes).map_err(unfit)?;
            Ok((array.name.as_str(), view))
        })
        .collect::<Result<Vec<_>, UnetError>>()?;
    let metadata = HashMap::from([(METADATA.to_owned(), metadata)]);
    safetensors::serialize(views, Some(metadata)).map_err(unfit)
}

/// Reads what [`to_safetensors`] wrote.
///
/// # Errors
/// [`UnetError::Weights`] when the bytes are no safetensors of single precision.
pub(crate) fn from_safetensors(bytes: &[u8]) -> Result<(Vec<NamedArray>, String), UnetError> {
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(unfit)?;
    let metadata = header
        .metadata()
        .as_ref()
        .and_then(|m| m.get(METADATA).cloned())
        .unwrap_or_default();
    let mut arrays = SafeTensors::deserialize(bytes)
        .map_err(unfit)?
        .iter()
        .map(|(name, view)| {
            if view.dtype() != Dtype::F32 {
                return Err(UnetError::Weights {
                    problem: format!("`{name}` is {:?}, F32 expected", view.dtype()),
                });
            }
            Ok(NamedArray {
                name: name.to_owned(),
                shape: view.shape().to_vec(),
                values: view
                    .data()
                    .as_chunks::<4>()
                    .0
                    .iter()
                    .map(|&b| f32::from_le_bytes(b))
                    .collect(),
            })
        })
        .collect::<Result<Vec<NamedArray>, _>>()?;
    // The format's own order is that of a hash map.
    arrays.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    Ok((arrays, metadata))
}

fn unfit(error: safetensors::SafeTensorError) -> UnetError {
    UnetError::Weights {
        problem: error.to_string(),
    }
}
