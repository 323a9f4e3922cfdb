use std::path::PathBuf;
use std::time::Duration;

/// How to fetch a data set.
#[derive(Debug, Clone, PartialEq)]
pub struct FetchOptions {
    /// Folder of the data set; it is made where it is missing.
    pub folder: PathBuf,
    /// Address of the repository's REST API, with or without `/api` at its end, in place of the
    /// one in the manifest.
    pub server: Option<String>,
    /// Whether archives (`.zip`, `.tar`, `.tar.gz`, `.tgz`) are unpacked; else they stay as they
    /// are.
    pub unpack: bool,
    /// Patterns such as `*.zip`, held against the names in the repository without regard to case;
    /// a file that fits any of them is fetched. With no pattern all are.
    pub only: Vec<String>,
    /// Most bytes that one archive may unpack to. `None` stands for 4 GiB or 100 times the size of
    /// the archive, whichever is more.
    pub unpacked_limit_bytes: Option<u64>,
    /// How often and after which waits to try again.
    pub retry: Retry,
}

impl FetchOptions {
    /// Everything in the item, unpacked, from the repository that the manifest names.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            server: None,
            unpack: true,
            only: Vec::new(),
            unpacked_limit_bytes: None,
            retry: Retry::default(),
        }
    }
}

/// How often and after which waits a request is repeated that failed for a passing reason: no
/// connection, a cut one, status 408, 429 or 5xx.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// Tries in a row that bring nothing new; at least one is made.
    pub tries: u32,
    /// Wait before the second try. It doubles with every further one, up to [`Retry::longest_wait`].
    /// A server that states a wait of its own is obeyed.
    pub first_wait: Duration,
    /// Longest wait before a try; a server that asks for more is not asked again.
    pub longest_wait: Duration,
    /// How long a connection may stay silent before it counts as cut.
    pub silence: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            tries: 7,
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(120),
            silence: Duration::from_secs(30),
        }
    }
}
