use corelith_gpu::adapter_reports;

use crate::args::Global;

const MIB: u64 = 1 << 20;

/// Lists the adapters and says which one `auto` takes and why.
pub fn devices(global: &Global) -> anyhow::Result<()> {
    let reports = adapter_reports();
    if global.json {
        println!("{}", serde_json::to_string_pretty(&reports)?);
        return Ok(());
    }
    for r in &reports {
        println!("{}: {} ({}, {})", r.index, r.name, r.backend, r.kind);
        println!("   driver       {}", r.driver);
        println!(
            "   limits       binding {} MiB, buffer {} MiB, workgroup {} invocations and {} KiB",
            r.max_binding_bytes / MIB,
            r.max_buffer_bytes / MIB,
            r.max_workgroup_invocations,
            r.workgroup_memory_bytes / 1024
        );
        println!(
            "   extras       16-bit floats {}, timestamps {}",
            yes_no(r.f16),
            yes_no(r.timestamps)
        );
        println!(
            "   auto         {}: {}",
            if r.auto { "taken" } else { "not taken" },
            r.reason
        );
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let taken = reports.iter().find(|r| r.auto);
    println!("cpu: native code, {threads} threads");
    match taken {
        Some(r) => println!(
            "   auto         not taken: adapter {} is a real GPU",
            r.index
        ),
        None => println!("   auto         taken: no real GPU here"),
    }
    Ok(())
}

fn yes_no(flag: bool) -> &'static str {
    if flag { "yes" } else { "no" }
}
