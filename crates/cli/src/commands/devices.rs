use corelith_gpu::Devices;

use crate::args::Global;
use crate::output::print_as;

/// Lists the adapters and says which one `auto` takes and why.
pub fn devices(global: &Global) -> anyhow::Result<()> {
    print_as(global.json, &Devices::here())
}
