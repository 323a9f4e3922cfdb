use crate::{Context, Error};

/// Bytes of a voxel in the imported CT.
const OF_CT: u64 = 2;

/// Bytes of a voxel that wait while particles are taken apart, and of labels in the end.
const OF_LABELS: u64 = 3;

/// Bytes of a model, with what a training saves on its way, and of tables, pictures and the page.
const OF_THE_REST: u64 = 64 << 20;

/// How far a run has come.
#[derive(Clone, Copy)]
pub(crate) enum Before {
    /// The CT is to be written.
    Import,
    /// A network is to be learned, or applied.
    Segmentation,
}

/// Fails where the disk has too little room for what is to be written of a volume of `shape`: better at the
/// start than after hours.
///
/// # Errors
/// [`Error::NoRoom`].
pub(crate) fn check_room(
    before: Before,
    shape: [usize; 3],
    context: &Context<'_>,
) -> Result<(), Error> {
    let Some(folder) = context.folder() else {
        return Ok(());
    };
    let voxels: u64 = shape.iter().map(|&n| n as u64).product();
    let of_a_voxel = match before {
        Before::Import => OF_CT + OF_LABELS,
        Before::Segmentation => OF_LABELS,
    };
    let needed_bytes = voxels
        .saturating_mul(of_a_voxel)
        .saturating_add(OF_THE_REST);
    match fs4::available_space(folder) {
        Ok(free_bytes) if free_bytes < needed_bytes => Err(Error::NoRoom {
            folder: folder.to_owned(),
            free_bytes,
            needed_bytes,
        }),
        // Some network disks do not tell.
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use corelith_core::Silent;
    use corelith_gpu::Compute;

    use super::*;

    #[test]
    fn a_volume_that_no_disk_holds_is_refused_before_it_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let context = Context {
            out: folder.path(),
            ..Context::in_memory(&Compute::Cpu, &Silent)
        };
        check_room(Before::Import, [8, 8, 8], &context).unwrap();
        let error = check_room(Before::Segmentation, [1 << 20; 3], &context).unwrap_err();
        assert!(error.to_string().contains("3458764513887 MB"), "{error}");
        let nowhere = Context::in_memory(&Compute::Cpu, &Silent);
        check_room(Before::Import, [1 << 20; 3], &nowhere).unwrap();
    }
}
