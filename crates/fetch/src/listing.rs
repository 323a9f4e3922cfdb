//! What an item of a DSpace 7 repository holds.
//!
//! Contract: <https://github.com/DSpace/RestContract>, pages items, bundles, bitstreams and
//! pagination. Addresses are made from identifiers; those in the answers (`_links`) are not
//! followed, so that a listing cannot lead elsewhere.

use std::collections::{BTreeMap, HashSet};

use corelith_core::Progress;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::FetchError;
use crate::server::Server;
use crate::sums::Published;

/// Entries that are asked for at once; a server may give fewer.
const PAGE_ENTRIES: u64 = 100;

/// Most entries of one listing.
const ENTRIES: u64 = 200_000;

/// The bundle of what was deposited; others hold thumbnails, extracted text and licences.
const DEPOSITED: &str = "ORIGINAL";

/// An item and its files.
#[derive(Debug)]
pub(crate) struct Listing {
    pub title: Option<String>,
    pub files: Vec<RemoteFile>,
}

/// A file of the repository, which DSpace calls a bitstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RemoteFile {
    /// A UUID.
    pub id: String,
    pub name: String,
    pub bytes: u64,
    pub published: Option<Published>,
}

#[derive(Deserialize)]
struct Item {
    name: Option<String>,
    #[serde(default)]
    withdrawn: bool,
}

#[derive(Deserialize)]
struct Bundle {
    uuid: String,
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bitstream {
    uuid: String,
    name: Option<String>,
    size_bytes: u64,
    check_sum: Option<CheckSum>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CheckSum {
    check_sum_algorithm: Option<String>,
    value: Option<String>,
}

trait Identified {
    fn id(&self) -> &str;
}

impl Identified for Bundle {
    fn id(&self) -> &str {
        &self.uuid
    }
}

impl Identified for Bitstream {
    fn id(&self) -> &str {
        &self.uuid
    }
}

#[derive(Deserialize)]
struct Page {
    #[serde(rename = "_embedded", default)]
    embedded: BTreeMap<String, serde_json::Value>,
    page: PageNumbers,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageNumbers {
    total_elements: u64,
    total_pages: u64,
    number: u64,
}

/// Whether text is a UUID, so that it can stand in an address.
fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, b)| match at {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

/// Asks what the item holds.
pub(crate) fn list(
    server: &Server,
    item: &str,
    progress: &dyn Progress,
) -> Result<Listing, FetchError> {
    let path = format!("core/items/{item}");
    let wrong = |problem: String| FetchError::Listing {
        url: server.url("core/items/").to_string() + item,
        problem,
    };
    if !is_uuid(item) {
        return Err(wrong(format!("the item `{item}` is no UUID")));
    }
    let answer: Item = server.json(&path, progress)?;
    if answer.withdrawn {
        return Err(wrong("the item was withdrawn".to_owned()));
    }
    let bundles: Vec<Bundle> = entries(server, &format!("{path}/bundles"), "bundles", progress)?;
    let mut files = Vec::new();
    for bundle in bundles
        .iter()
        .filter(|b| b.name.as_deref() == Some(DEPOSITED))
    {
        let path = format!("core/bundles/{}/bitstreams", bundle.uuid);
        let bitstreams: Vec<Bitstream> = entries(server, &path, "bitstreams", progress)?;
        for bitstream in bitstreams {
            files.push(remote_file(bitstream)?);
        }
    }
    if files.is_empty() {
        return Err(FetchError::NoFiles {
            item: item.to_owned(),
            server: server.address().to_owned(),
        });
    }
    Ok(Listing {
        title: answer.name,
        files,
    })
}

fn remote_file(bitstream: Bitstream) -> Result<RemoteFile, FetchError> {
    let name = bitstream.name.ok_or_else(|| FetchError::Name {
        name: String::new(),
        problem: format!("bitstream {} has no name", bitstream.uuid),
    })?;
    let published = bitstream
        .check_sum
        .and_then(|sum| Published::read(&sum.check_sum_algorithm?, &sum.value?));
    Ok(RemoteFile {
        id: bitstream.uuid,
        name,
        bytes: bitstream.size_bytes,
        published,
    })
}

/// All entries of a listing, page by page; fewer than the server counts are an error.
fn entries<T: DeserializeOwned + Identified>(
    server: &Server,
    path: &str,
    what: &str,
    progress: &dyn Progress,
) -> Result<Vec<T>, FetchError> {
    let mut found: Vec<T> = Vec::new();
    let mut ids = HashSet::new();
    for number in 0.. {
        let path = format!("{path}?page={number}&size={PAGE_ENTRIES}");
        let wrong = |problem: String| FetchError::Listing {
            url: server.url(&path).to_string(),
            problem,
        };
        let mut page: Page = server.json(&path, progress)?;
        let numbers = &page.page;
        if numbers.number != number {
            return Err(wrong(format!(
                "page {} came, expected page {number}",
                numbers.number
            )));
        }
        let total = numbers.total_elements;
        if total > ENTRIES {
            return Err(wrong(format!(
                "{total} {what}, at most {ENTRIES} are expected"
            )));
        }
        let entries = page
            .embedded
            .remove(what)
            .unwrap_or_else(|| serde_json::json!([]));
        let entries: Vec<T> = serde_json::from_value(entries)
            .map_err(|e| wrong(format!("{what} that are not as DSpace 7 writes them: {e}")))?;
        for entry in &entries {
            if !is_uuid(entry.id()) {
                return Err(wrong(format!("`{}` is no UUID", entry.id())));
            }
            if !ids.insert(entry.id().to_owned()) {
                return Err(wrong(format!("{} is listed twice", entry.id())));
            }
        }
        let came = entries.len();
        found.extend(entries);
        if number + 1 < numbers.total_pages && came > 0 {
            continue;
        }
        if found.len() as u64 != total {
            return Err(wrong(format!(
                "{} {what} came, expected {total} as the server counts them; some may not be open \
                 to everybody",
                found.len()
            )));
        }
        break;
    }
    Ok(found)
}
