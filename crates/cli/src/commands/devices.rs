use std::fmt::Write as _;

use corelith_gpu::adapter_reports;

use crate::args::Global;
use crate::output::{print, print_json};

const MIB: u64 = 1 << 20;

/// Lists the adapters and says which one `auto` takes and why.
pub fn devices(global: &Global) -> anyhow::Result<()> {
    let reports = adapter_reports();
    if global.json {
        print_json(&reports)?;
        return Ok(());
    }
    let mut text = String::new();
    for r in &reports {
        let _ = writeln!(text, "{}: {} ({}, {})", r.index, r.name, r.backend, r.kind);
        let _ = writeln!(text, "   driver       {}", r.driver);
        let _ = writeln!(
            text,
            "   limits       binding {} MiB, buffer {} MiB, workgroup {} invocations and {} KiB",
            r.max_binding_bytes / MIB,
            r.max_buffer_bytes / MIB,
            r.max_workgroup_invocations,
            r.workgroup_memory_bytes / 1024
        );
        let _ = writeln!(
            text,
            "   extras       16-bit floats {}, timestamps {}",
            yes_no(r.f16),
            yes_no(r.timestamps)
        );
        let _ = writeln!(
            text,
            "   auto         {}: {}",
            if r.auto { "taken" } else { "not taken" },
            r.reason
        );
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let taken = reports.iter().find(|r| r.auto);
    let _ = writeln!(text, "cpu: native code, {threads} threads");
    let _ = match taken {
        Some(r) => writeln!(
            text,
            "   auto         not taken: adapter {} is a real GPU",
            r.index
        ),
        None => writeln!(text, "   auto         taken: no real GPU here"),
    };
    print(&text)
}

fn yes_no(flag: bool) -> &'static str {
    if flag { "yes" } else { "no" }
}
