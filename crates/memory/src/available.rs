use sysinfo::{ProcessRefreshKind, ProcessesToUpdate, System, get_current_pid};

/// Bytes that are free to be taken: of the machine, or of the control group that holds this process, if that
/// is less. What the system holds of files counts as free.
pub fn available_bytes() -> u64 {
    let mut system = System::new();
    system.refresh_memory();
    let of_group = get_current_pid().ok().and_then(|pid| {
        let this = ProcessesToUpdate::Some(&[pid]);
        system.refresh_processes_specifics(this, false, ProcessRefreshKind::nothing());
        let limits = system.process(pid)?.cgroup_limits()?;
        Some(limits.total_memory.saturating_sub(limits.rss))
    });
    let of_machine = system.available_memory();
    of_group.map_or(of_machine, |bytes| bytes.min(of_machine))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_memory_is_free_and_not_more_than_there_is() {
        let mut system = System::new();
        system.refresh_memory();
        let free = available_bytes();
        assert!(free > 1 << 20 && free <= system.total_memory(), "{free}");
    }
}
