use corelith_core::{Spacing, Volume};

use super::paging::take_huge_pages;

/// A volume of zeros, in huge pages where the system has them.
///
/// The pages of a volume are first touched when a kernel writes its results. With pages of 4 KiB
/// that can cost more than the kernel: 26 ms against 6 ms for 256^3 labels.
pub(crate) fn zeroed<T: bytemuck::Zeroable + Clone>(
    shape: [usize; 3],
    spacing: Spacing,
) -> Volume<T> {
    let mut volume = Volume::filled(shape, spacing, T::zeroed());
    take_huge_pages(volume.data_mut());
    volume
}
