//! Fetches known data sets from their repositories.
//!
//! [`fetch`] asks the REST API of a DSpace 7 repository what an item holds, downloads the files,
//! resumes what was cut, holds size and checksum against the published ones, unpacks archives, and
//! records all that in the lock that `corelith_io::Manifest::verify` reads.
//!
//! What comes from the network is not trusted: no name leads out of the data set's folder, no
//! archive unpacks to more than a limit, and nothing appears in the folder before it was checked.

// The example there is compiled with the tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod download;
mod error;
mod fetch;
mod folder;
mod listing;
mod local_path;
mod options;
mod patience;
mod report;
mod selection;
mod server;
mod sums;
mod unpack;

pub use error::FetchError;
pub use fetch::fetch;
pub use options::{FetchOptions, Retry};
pub use report::{FetchReport, FetchedFile, State};
