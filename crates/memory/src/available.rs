use sysinfo::{ProcessRefreshKind, ProcessesToUpdate, System, get_current_pid};

use crate::mapped::PAGE_BYTES;

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

/// Bytes that this process holds in memory and that are no file's; 0 where the system does not tell.
pub(crate) fn resident_bytes() -> usize {
    // In pages: size, resident, shared, which are files'. Where pages are larger, more is resident than is told.
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let mut pages = pages
        .split(' ')
        .map(|count| count.parse::<usize>().unwrap_or(0));
    let (resident, shared) = (pages.nth(1).unwrap_or(0), pages.next().unwrap_or(0));
    resident.saturating_sub(shared) * PAGE_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_to_is_resident() {
        let before = resident_bytes();
        let buffer = std::hint::black_box(vec![1u8; 200 << 20]);
        let grown = resident_bytes().saturating_sub(before);
        if cfg!(target_os = "linux") {
            assert!(grown > 180 << 20, "{grown}");
        }
        drop(buffer);
    }

    #[test]
    fn some_memory_is_free_and_not_more_than_there_is() {
        let mut system = System::new();
        system.refresh_memory();
        let free = available_bytes();
        assert!(free > 1 << 20 && free <= system.total_memory(), "{free}");
    }
}
