use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use corelith_core::Progress;
use ureq::http::StatusCode;
use url::Url;

use crate::FetchError;
use crate::listing::RemoteFile;
use crate::patience::{Fault, Patience};
use crate::server::{Elsewhere, Server, content_length, content_range, status};
use crate::sums::{Sums, sums_of};

/// A file that came whole, its sums as published.
#[derive(Debug)]
pub(crate) struct Downloaded {
    pub sums: Sums,
    /// Bytes that were there before.
    pub resumed_at_bytes: u64,
}

/// Downloads a file to `part`, going on from what is there. The progress counts its bytes, each
/// once.
///
/// # Errors
/// A file of another size or checksum than published is an error, and nothing of it is kept. What
/// a cut connection left is kept.
pub(crate) fn download(
    server: &Server,
    file: &RemoteFile,
    part: &Path,
    progress: &dyn Progress,
) -> Result<Downloaded, FetchError> {
    let url = server.url(&format!("core/bitstreams/{}/content", file.id));
    let mut patience = Patience::new(server.retry, progress);
    let mut open = OpenOptions::new();
    let mut target = Part {
        file: open
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(part)
            .map_err(FetchError::write(part))?,
        path: part,
        bytes: 0,
        seen: 0,
        progress,
    };
    target.find_end()?;
    if target.bytes > file.bytes {
        target.cut_to(0)?;
    }
    let resumed_at_bytes = target.bytes;
    target.count();
    let (mut stitched, mut restarted) = (resumed_at_bytes > 0, false);
    loop {
        while target.bytes < file.bytes {
            let seen = target.seen;
            stitched |= target.bytes > 0;
            let outcome = transfer(server, &url, file, &mut target);
            if target.seen > seen {
                patience.renew();
            }
            if let Err(fault) = outcome {
                if matches!(fault, Fault::Final(FetchError::Size { .. })) {
                    target.cut_to(0)?;
                }
                patience.after(fault, url.as_str())?;
            }
        }
        target.file.sync_all().map_err(FetchError::write(part))?;
        progress.remark(&format!("checking {}", file.name));
        let sums = sums_of(part, progress)?;
        let Some(published) = &file.published else {
            return Ok(Downloaded {
                sums,
                resumed_at_bytes,
            });
        };
        if sums.like(published) == published.value() {
            return Ok(Downloaded {
                sums,
                resumed_at_bytes,
            });
        }
        target.cut_to(0)?;
        if !stitched || restarted {
            fs::remove_file(part).map_err(FetchError::write(part))?;
            return Err(FetchError::Sum {
                name: file.name.clone(),
                algorithm: published.algorithm(),
                expected: published.value().to_owned(),
                found: sums.like(published).to_owned(),
            });
        }
        // The pieces may be of different versions: once more from the start. Patience is renewed
        // only by bytes that never came before, so this ends.
        progress.say(&format!(
            "{}: the resumed download has not the published checksum; it starts again",
            file.name
        ));
        (stitched, restarted) = (false, true);
    }
}

/// The file under way.
struct Part<'a> {
    file: File,
    path: &'a Path,
    /// Bytes that are there.
    bytes: u64,
    /// The most bytes that ever were, which is what the progress has counted.
    seen: u64,
    progress: &'a dyn Progress,
}

impl Part<'_> {
    fn find_end(&mut self) -> Result<(), FetchError> {
        self.bytes = self
            .file
            .seek(SeekFrom::End(0))
            .map_err(FetchError::read(self.path))?;
        Ok(())
    }

    fn cut_to(&mut self, bytes: u64) -> Result<(), FetchError> {
        self.file
            .set_len(bytes)
            .and_then(|()| self.file.seek(SeekFrom::Start(bytes)))
            .map_err(FetchError::write(self.path))?;
        self.bytes = bytes;
        Ok(())
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), FetchError> {
        self.file
            .write_all(bytes)
            .map_err(FetchError::write(self.path))?;
        self.bytes += bytes.len() as u64;
        self.count();
        Ok(())
    }

    fn count(&mut self) {
        if self.bytes > self.seen {
            self.progress.advance(self.bytes - self.seen);
            self.seen = self.bytes;
        }
    }
}

/// One request, and as much of the answer as comes.
fn transfer(
    server: &Server,
    url: &Url,
    file: &RemoteFile,
    part: &mut Part<'_>,
) -> Result<(), Fault> {
    let elsewhere = if file.published.is_some() {
        Elsewhere::Allowed
    } else {
        Elsewhere::Refused
    };
    let from = (part.bytes > 0).then_some(part.bytes);
    let response = server.get(url, from, elsewhere)?;
    let wrong_size = |found: String| {
        Fault::Final(FetchError::Size {
            name: file.name.clone(),
            expected: file.bytes,
            found,
        })
    };
    let length = content_length(&response);
    match (response.status(), from) {
        // The whole file: this server does not resume.
        (StatusCode::OK, _) => {
            if let Some(length) = length.filter(|&length| length != file.bytes) {
                return Err(wrong_size(format!("{length} announced")));
            }
            part.cut_to(0)?;
        }
        (StatusCode::PARTIAL_CONTENT, Some(from)) => match content_range(&response) {
            Some((_, Some(total))) if total != file.bytes => {
                return Err(wrong_size(format!("{total} announced")));
            }
            Some((first, _)) if first == from => {}
            // Another piece than the one that was asked for.
            _ => {
                part.cut_to(0)?;
                return Err(Fault::passing(
                    "the server sent another range than asked for",
                ));
            }
        },
        (StatusCode::RANGE_NOT_SATISFIABLE, Some(_)) => {
            part.cut_to(0)?;
            return Err(Fault::passing("the server refuses to resume"));
        }
        _ => return Err(status(url, &response)),
    }
    part.progress.remark(&file.name);
    let mut body = response.into_body().into_reader();
    let mut buffer = vec![0; 1 << 17];
    loop {
        part.progress.check().map_err(FetchError::from)?;
        let read = body.read(&mut buffer).map_err(|e| {
            Fault::passing(format!(
                "cut after {} of {} bytes: {e}",
                part.bytes, file.bytes
            ))
        })?;
        if read == 0 {
            break;
        }
        if part.bytes + read as u64 > file.bytes {
            return Err(wrong_size("more sent".to_owned()));
        }
        part.append(&buffer[..read])?;
    }
    if part.bytes < file.bytes {
        return Err(Fault::passing(format!(
            "cut after {} of {} bytes",
            part.bytes, file.bytes
        )));
    }
    Ok(())
}
