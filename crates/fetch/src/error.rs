use std::io;
use std::path::{Path, PathBuf};

use corelith_core::Cancelled;

/// Why a data set was not fetched.
///
/// The message says what was wrong, where, and what was expected and found;
/// [`FetchError::help`] says what to do.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// A repository of a kind that is not known.
    #[error("data set {dataset}: its repository speaks `{api}`, expected `dspace7`")]
    Api {
        /// Name of the data set.
        dataset: String,
        /// Kind of its repository.
        api: String,
    },
    /// An address that is none.
    #[error("the address {address} cannot be used: {problem}")]
    Address {
        /// The address.
        address: String,
        /// Why not.
        problem: String,
    },
    /// A pattern that cannot be understood.
    #[error("the pattern `{pattern}` cannot be understood: {problem}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// Why not.
        problem: String,
    },
    /// A pattern that no file fits.
    #[error("no file of the item fits `{pattern}`; it holds {}", list(names))]
    NothingFits {
        /// The pattern.
        pattern: String,
        /// Names of all files of the item.
        names: Vec<String>,
    },
    /// The item has no files.
    #[error("the item {item} at {server} lists no files; expected at least one in bundle ORIGINAL")]
    NoFiles {
        /// Identifier of the item.
        item: String,
        /// Address of the API.
        server: String,
    },
    /// No answer, or one that broke off, as often as it was tried.
    #[error("{url} cannot be read: {reason} ({tries} tries)")]
    Unreachable {
        /// The address.
        url: String,
        /// What happened last.
        reason: String,
        /// Tries without anything new.
        tries: u32,
    },
    /// An encrypted connection that cannot be trusted.
    #[error("the connection to {url} is not safe: {reason}")]
    Unsafe {
        /// The address.
        url: String,
        /// What the TLS library said.
        reason: String,
    },
    /// The server has no time, as often as it was tried.
    #[error("{url}: the server answers with status {status} ({tries} tries{})", asks(*asks_wait_s))]
    Busy {
        /// The address.
        url: String,
        /// The HTTP status, 408, 429 or 5xx.
        status: u16,
        /// Tries in a row.
        tries: u32,
        /// Seconds that the server asks to wait, if it says so.
        asks_wait_s: Option<u64>,
    },
    /// The server says no.
    #[error("{url}: the server answers with status {status}, expected 200")]
    Status {
        /// The address.
        url: String,
        /// The HTTP status.
        status: u16,
    },
    /// A redirect that is not followed.
    #[error("{url} redirects to {to}: {problem}")]
    Redirect {
        /// The address.
        url: String,
        /// Where to.
        to: String,
        /// Why it is not followed.
        problem: String,
    },
    /// An answer that is not what DSpace 7 says.
    #[error("{url}: {problem}")]
    Listing {
        /// The address.
        url: String,
        /// What was expected and found.
        problem: String,
    },
    /// A name that could lead out of the folder, or that not every system can hold.
    #[error("the name {name:?} is refused: {problem}")]
    Name {
        /// The name in the repository.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Two files that are one on some systems.
    #[error("{first:?} and {second:?} are the same file or folder on some systems")]
    Collision {
        /// The one name.
        first: String,
        /// The other one.
        second: String,
    },
    /// A file of another size than the repository says.
    #[error("{name}: {found} bytes, expected {expected} as the repository lists")]
    Size {
        /// Name in the repository.
        name: String,
        /// Bytes that the repository lists.
        expected: u64,
        /// What the server sent or announced.
        found: String,
    },
    /// A file whose checksum is not the published one. Nothing of it is kept.
    #[error("{name}: {algorithm} {found}, expected {expected} as the repository publishes")]
    Sum {
        /// Name in the repository.
        name: String,
        /// The algorithm.
        algorithm: &'static str,
        /// The published checksum.
        expected: String,
        /// That of what was downloaded.
        found: String,
    },
    /// Something in the folder that is not replaced.
    #[error("{path}: {problem}")]
    InTheWay {
        /// The file or folder.
        path: PathBuf,
        /// What it is, and what was expected.
        problem: String,
    },
    /// A folder with another data set.
    #[error("{folder} holds the data set `{found}`, expected `{expected}` or an empty folder")]
    OtherDataset {
        /// The folder.
        folder: PathBuf,
        /// Name in its lock.
        found: String,
        /// Name of the wanted data set.
        expected: String,
    },
    /// Another process fetches into the same folder.
    #[error("another fetch is at work in {folder}")]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// An archive that cannot be unpacked.
    #[error("{archive}: {problem}")]
    Archive {
        /// Name in the repository.
        archive: String,
        /// What is wrong.
        problem: String,
    },
    /// An entry of an archive that is refused; nothing of the archive was unpacked.
    #[error("{archive}, entry {entry:?}: {problem}")]
    Entry {
        /// Name in the repository.
        archive: String,
        /// Name of the entry.
        entry: String,
        /// What is wrong.
        problem: String,
    },
    /// An archive that unpacks to more than is allowed; nothing of it was unpacked.
    #[error(
        "{archive} ({archive_bytes} bytes) unpacks to {found}, at most {limit_bytes} bytes are \
         allowed"
    )]
    TooLarge {
        /// Name in the repository.
        archive: String,
        /// Its size.
        archive_bytes: u64,
        /// What it declares or holds.
        found: String,
        /// The limit.
        limit_bytes: u64,
    },
    /// A file that cannot be written.
    #[error("cannot write {path}: {reason}")]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
    /// A file or folder that cannot be read.
    #[error("cannot read {path}: {reason}")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
    /// The lock of the data set.
    #[error(transparent)]
    Lock(#[from] corelith_io::Error),
    /// The user asked to stop; what was downloaded is kept and gone on with next time.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl FetchError {
    pub(crate) fn write(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |reason| Self::Write {
            path: path.to_owned(),
            reason,
        }
    }

    pub(crate) fn read(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |reason| Self::Read {
            path: path.to_owned(),
            reason,
        }
    }

    /// What to do about it; `None` where the message says it already or nothing can be done.
    pub fn help(&self) -> Option<String> {
        let by_hand = "download the files in a browser (`corelith data list` has the address) into \
                       the folder; `corelith data verify` checks them there";
        Some(match self {
            Self::Api { .. } => by_hand.to_owned(),
            Self::Address { .. } => {
                "give --server an address such as https://repository.example.org/server".to_owned()
            }
            Self::Pattern { .. } | Self::NothingFits { .. } => {
                "a pattern is a name in which * stands for any text and ? for one character, such \
                 as --only '*.zip'"
                    .to_owned()
            }
            Self::NoFiles { .. } => {
                "the item may be closed or have moved: look at its page in a browser \
                                     (`corelith data list` has the address), or name another \
                                     repository with --server"
                    .to_owned()
            }
            Self::Unreachable { .. } => format!(
                "check the network, and the proxy where there is one (HTTPS_PROXY); then run the \
                 same command again: it goes on where it stopped. Or {by_hand}"
            ),
            Self::Unsafe { .. } => format!(
                "the network may replace certificates, or the clock of this computer may be wrong. \
                 Try from another network, or {by_hand}"
            ),
            Self::Busy { .. } => "the repository is overloaded or under maintenance: run the same \
                                  command again later; it goes on where it stopped"
                .to_owned(),
            Self::Status { status, .. } => match status {
                401 | 403 => format!(
                    "the file or item is not open to everybody, perhaps until a date that its page \
                     names (`corelith data list` has the address). With access of your own, {by_hand}"
                ),
                404 | 410 => {
                    "the item or file is not there (any more), or the REST API has another \
                              address: look at the item's page (`corelith data list` has the \
                              address) and name the API with --server"
                        .to_owned()
                }
                _ => format!("try again later, or {by_hand}"),
            },
            Self::Redirect { .. } => "if the repository has moved, name its new address with \
                                      --server"
                .to_owned(),
            Self::Listing { .. } => "the address may not be that of a DSpace 7 REST API (name it \
                                     with --server), a sign-in page of the network may have \
                                     answered, or the item changed meanwhile: look at the address \
                                     in a browser and run the command again"
                .to_owned(),
            Self::Name { .. } => {
                "leave the file out with --only and patterns that name the others, \
                                  and download it in a browser under another name"
                    .to_owned()
            }
            Self::Collision { .. } => {
                "fetch one of them with --only into a folder of its own".to_owned()
            }
            Self::Size { .. } | Self::Sum { .. } => {
                "run the command again. If it ends in the same way, what the repository sends is \
                 not what it lists: leave the file out with --only, and tell the repository"
                    .to_owned()
            }
            Self::InTheWay { .. } => "move it elsewhere and run the command again, or fetch into \
                                      another folder"
                .to_owned(),
            Self::OtherDataset { .. } => "fetch into another folder".to_owned(),
            Self::InUse { .. } => "wait for it to end".to_owned(),
            Self::Archive { .. } | Self::Entry { .. } => "fetch it with --no-unpack, look into it \
                                                          with an archive program, and unpack it \
                                                          by hand if you trust it"
                .to_owned(),
            Self::TooLarge { .. } => {
                "if that much is to be expected, allow it with --unpack-limit; \
                                      or fetch it with --no-unpack and look into it"
                    .to_owned()
            }
            Self::Write { reason, .. } => match reason.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    "make room and run the same command again: it goes on where it stopped"
                        .to_owned()
                }
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                    "the folder is not writable: change its permissions, or fetch into another one"
                        .to_owned()
                }
                io::ErrorKind::InvalidFilename | io::ErrorKind::InvalidInput => {
                    "the path is too long or not allowed here: fetch into a folder with a shorter \
                     path"
                        .to_owned()
                }
                _ => return None,
            },
            Self::Read { .. } | Self::Lock(_) | Self::Cancelled(_) => return None,
        })
    }
}

fn asks(wait_s: Option<u64>) -> String {
    wait_s.map_or_else(String::new, |s| format!("; it asks to wait {s} s"))
}

fn list(names: &[String]) -> String {
    const SHOWN: usize = 12;
    let mut text = names
        .iter()
        .take(SHOWN)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > SHOWN {
        text += &format!(" and {} more", names.len() - SHOWN);
    }
    text
}
