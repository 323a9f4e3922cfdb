//! Calls of the crate that follows HDF5 files.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use crate::Error;
use crate::text::printable;

/// What a message repeats of the crate's.
const SHOWN_MAX: usize = 160;

/// The address that HDF5 writes for none; the crate stumbles over it where a soft link leads nowhere.
const NO_ADDRESS: &str = "18446744073709551615";

/// Runs a call; a panic of the crate on a damaged file becomes an error.
///
/// # Errors
/// [`Error::Volume`].
pub(super) fn guarded<T>(
    path: &Path,
    call: impl FnOnce() -> Result<T, hdf5_pure::Error>,
) -> Result<T, Error> {
    let reason = match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(result)) => return Ok(result),
        Ok(Err(hdf5_pure::Error::Io(reason))) => return Err(Error::read(path)(reason)),
        Ok(Err(error)) => {
            let text = printable(&error.to_string()).replace("::", ":");
            text.chars().take(SHOWN_MAX).collect()
        }
        Err(_) => "its structure contradicts itself".to_owned(),
    };
    let reason: String = reason;
    if reason.contains(NO_ADDRESS) {
        return Err(Error::Volume {
            path: path.to_owned(),
            problem: "one of its links leads nowhere, so that what lies beside it is not listed; \
                      name the array by `dataset` (in section [ct] of a project file, or \
                      `--dataset`), or take the link away (in h5py, `del f['name']`)"
                .to_owned(),
        });
    }
    Err(Error::Volume {
        path: path.to_owned(),
        problem: format!(
            "it begins as an HDF5 file does, but cannot be followed ({reason}); copy it again, or \
             write it anew (`h5repack -f GZIP=4 OLD NEW`)"
        ),
    })
}
