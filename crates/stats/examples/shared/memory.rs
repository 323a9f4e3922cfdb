/// The most memory in gigabytes that this process held since the start or [`forget_peak`], where the
/// system says so.
pub fn peak_gb() -> f64 {
    std::fs::read_to_string("/proc/self/status")
        .ok()
        .and_then(|status| {
            let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
            let kibibytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
            Some(kibibytes * 1024e-9)
        })
        .unwrap_or(f64::NAN)
}

/// Counts the most memory from what is held now on.
#[allow(dead_code, reason = "not every example has steps")]
pub fn forget_peak() {
    // Where it cannot be written the peak stays that of the steps before as well.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}
