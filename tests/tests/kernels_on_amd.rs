//! Every kernel, compiled for a GPU that need not be there: Mesa's driver for AMD cards compiles for a
//! card that it is told of, and says how many registers and instructions a kernel takes.
//!
//! A kernel that spills registers into memory fails, and so does one with a tenth more instructions
//! than `kernels_on_amd.csv` says, where the driver is that of the table. `CORELITH_WRITE_KERNELS=yes`
//! writes the table anew.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

use std::collections::BTreeMap;
use std::ffi::{CStr, c_char};
use std::path::{Path, PathBuf};
use std::{env, fs};

use ash::vk;
use corelith_gpu::Shader;
use corelith_gpu::registry::ENTRIES;
use naga::back::spv;
use naga::proc::{BoundsCheckPolicies, BoundsCheckPolicy};
use naga::valid::{Capabilities, ValidationFlags, Validator};

/// An RDNA 2 card (Radeon RX 6800).
const FAMILY: &str = "NAVI21";
/// How much more than the table says is too much.
const MARGIN: f64 = 1.1;

/// What the driver says of a compiled kernel, by its names.
type Statistics = BTreeMap<String, u64>;

/// Columns of the table: what the driver calls them.
const COLUMNS: [&str; 6] = [
    "VGPRs",
    "SGPRs",
    "LDS size",
    "Subgroups per SIMD",
    "Instructions",
    "Code size",
];
/// What a kernel must have none of.
const NONE_OF: [&str; 3] = ["Spilled SGPRs", "Spilled VGPRs", "Scratch size"];

/// As wgpu translates a kernel where a driver keeps accesses within bindings.
fn spirv(shader: &Shader) -> Vec<u32> {
    let module = naga::front::wgsl::parse_str(shader.wgsl).unwrap();
    let info = Validator::new(ValidationFlags::all(), Capabilities::all())
        .validate(&module)
        .unwrap();
    let bindings = (0..=shader.storage.len() as u32).map(|binding| {
        let target = spv::BindingInfo {
            descriptor_set: 0,
            binding,
            ..Default::default()
        };
        (naga::ResourceBinding { group: 0, binding }, target)
    });
    let options = spv::Options {
        lang_version: (1, 3),
        flags: spv::WriterFlags::empty(),
        binding_map: bindings.collect(),
        bounds_check_policies: BoundsCheckPolicies {
            index: BoundsCheckPolicy::Restrict,
            buffer: BoundsCheckPolicy::Unchecked,
            ..BoundsCheckPolicies::default()
        },
        zero_initialize_workgroup_memory: spv::ZeroInitializeWorkgroupMemoryMode::None,
        force_loop_bounding: true,
        ..spv::Options::default()
    };
    let entry = spv::PipelineOptions {
        entry_point: "main".to_owned(),
        shader_stage: naga::ShaderStage::Compute,
    };
    spv::write_vec(&module, &info, &options, Some(&entry)).unwrap()
}

/// A device of Mesa's driver without a card.
struct Driver {
    device: ash::Device,
    executables: ash::khr::pipeline_executable_properties::Device,
    /// Driver and card.
    name: String,
    _instance: ash::Instance,
    _entry: ash::Entry,
}

fn text(characters: &[c_char]) -> String {
    // SAFETY: Vulkan ends its names with a zero.
    let text = unsafe { CStr::from_ptr(characters.as_ptr()) };
    text.to_string_lossy().into_owned()
}

impl Driver {
    /// The driver in a file of the Vulkan loader.
    fn open(file: &Path) -> Self {
        // SAFETY: this is the only test of the process, and no other thread reads the environment.
        unsafe {
            env::set_var("VK_DRIVER_FILES", file);
            env::set_var("VK_ICD_FILENAMES", file);
            env::set_var("RADV_FORCE_FAMILY", FAMILY);
        }
        // SAFETY: handles are used while what they come from is there, which `Driver` holds.
        unsafe {
            let entry = ash::Entry::load().unwrap();
            let application = vk::ApplicationInfo::default().api_version(vk::API_VERSION_1_2);
            let wanted = vk::InstanceCreateInfo::default().application_info(&application);
            let instance = entry.create_instance(&wanted, None).unwrap();
            let cards = instance.enumerate_physical_devices().unwrap();
            let mut driver = vk::PhysicalDeviceDriverProperties::default();
            let mut card = vk::PhysicalDeviceProperties2::default().push_next(&mut driver);
            instance.get_physical_device_properties2(cards[0], &mut card);
            let card = text(&card.properties.device_name);
            let name = format!("{}, {card}", text(&driver.driver_info));
            let queues = [vk::DeviceQueueCreateInfo::default().queue_priorities(&[1.0])];
            let extensions = [ash::khr::pipeline_executable_properties::NAME.as_ptr()];
            let mut tells = vk::PhysicalDevicePipelineExecutablePropertiesFeaturesKHR::default()
                .pipeline_executable_info(true);
            let wanted = vk::DeviceCreateInfo::default()
                .queue_create_infos(&queues)
                .enabled_extension_names(&extensions)
                .push_next(&mut tells);
            let device = instance.create_device(cards[0], &wanted, None).unwrap();
            Self {
                executables: ash::khr::pipeline_executable_properties::Device::new(
                    &instance, &device,
                ),
                device,
                name,
                _instance: instance,
                _entry: entry,
            }
        }
    }

    fn compile(&self, shader: &Shader) -> Statistics {
        let code = spirv(shader);
        let kinds = shader
            .storage
            .iter()
            .map(|_| vk::DescriptorType::STORAGE_BUFFER);
        let kinds = kinds.chain([vk::DescriptorType::UNIFORM_BUFFER]);
        let bindings: Vec<_> = (0..)
            .zip(kinds)
            .map(|(binding, kind)| {
                vk::DescriptorSetLayoutBinding::default()
                    .binding(binding)
                    .descriptor_type(kind)
                    .descriptor_count(1)
                    .stage_flags(vk::ShaderStageFlags::COMPUTE)
            })
            .collect();
        // SAFETY: everything is made on this device, which lasts longer, and not used after it is
        // given back with it.
        unsafe {
            let module = vk::ShaderModuleCreateInfo::default().code(&code);
            let module = self.device.create_shader_module(&module, None).unwrap();
            let set = vk::DescriptorSetLayoutCreateInfo::default().bindings(&bindings);
            let sets = [self
                .device
                .create_descriptor_set_layout(&set, None)
                .unwrap()];
            let layout = vk::PipelineLayoutCreateInfo::default().set_layouts(&sets);
            let layout = self.device.create_pipeline_layout(&layout, None).unwrap();
            let stage = vk::PipelineShaderStageCreateInfo::default()
                .stage(vk::ShaderStageFlags::COMPUTE)
                .module(module)
                .name(c"main");
            let wanted = vk::ComputePipelineCreateInfo::default()
                .flags(vk::PipelineCreateFlags::CAPTURE_STATISTICS_KHR)
                .stage(stage)
                .layout(layout);
            let pipelines = self
                .device
                .create_compute_pipelines(vk::PipelineCache::null(), &[wanted], None)
                .unwrap();
            let executable = vk::PipelineExecutableInfoKHR::default().pipeline(pipelines[0]);
            let found = self
                .executables
                .get_pipeline_executable_statistics(&executable)
                .unwrap();
            found
                .iter()
                .filter(|s| s.format == vk::PipelineExecutableStatisticFormatKHR::UINT64)
                .map(|s| (text(&s.name), s.value.u64))
                .collect()
        }
    }
}

/// Where the loader keeps the file of Mesa's driver for AMD cards.
fn driver_file() -> Option<PathBuf> {
    let folders = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"];
    let files = folders
        .iter()
        .filter_map(|folder| fs::read_dir(folder).ok());
    let mut paths = files.flatten().flatten().map(|entry| entry.path());
    paths.find(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("radeon_icd")
    })
}

#[test]
fn no_kernel_spills_or_grows() {
    let Some(file) = driver_file() else {
        assert!(
            cfg!(not(target_os = "linux")) || env::var_os("CORELITH_TEST_GPU").is_some(),
            "Mesa's driver for AMD cards is not there (Debian: apt-get install \
             mesa-vulkan-drivers). CORELITH_TEST_GPU=no leaves this test out."
        );
        return;
    };
    let driver = Driver::open(&file);
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kernels_on_amd.csv");
    let known = fs::read_to_string(&table).unwrap_or_default();
    let heading = format!("# {}\nkernel,{}\n", driver.name, COLUMNS.join(","));
    let same_driver = known.starts_with(&heading);
    let known: BTreeMap<&str, u64> = known
        .lines()
        .skip(2)
        .filter_map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            let column = COLUMNS.iter().position(|c| *c == "Instructions").unwrap();
            Some((cells[0], cells.get(column + 1)?.parse().ok()?))
        })
        .collect();
    let (mut now, mut wrong) = (heading, Vec::new());
    for entry in ENTRIES {
        let stem = entry.shader.stem;
        let statistics = driver.compile(entry.shader);
        let value = |name: &str| statistics.get(name).copied();
        for name in NONE_OF {
            match value(name) {
                Some(0) => {}
                other => wrong.push(format!("{stem}: {name} is {other:?}, expected 0")),
            }
        }
        let cells = COLUMNS.map(|name| value(name).map_or_else(String::new, |v| v.to_string()));
        now.push_str(&format!("{stem},{}\n", cells.join(",")));
        let instructions = value("Instructions").unwrap();
        match known.get(stem) {
            _ if !same_driver => {}
            None => wrong.push(format!("{stem} is not in the table")),
            Some(&before) => {
                if instructions as f64 > MARGIN * before as f64 {
                    wrong.push(format!(
                        "{stem}: {instructions} instructions, {before} before"
                    ));
                }
            }
        }
    }
    println!("{now}");
    if env::var("CORELITH_WRITE_KERNELS").is_ok_and(|yes| yes == "yes") {
        fs::write(&table, now).unwrap();
    } else {
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
