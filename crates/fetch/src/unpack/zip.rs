use std::fs::File;
use std::io::Read;
use std::path::Path;

use deflate64::Deflate64Decoder;
use flate2::read::DeflateDecoder;
use rawzip::{
    CompressionMethod, MAX_CENTRAL_DIRECTORY_RECORD_SIZE, ZipArchive, ZipArchiveEntryWayfinder,
};

use super::stage::{Contents, Stage};
use crate::FetchError;
use crate::local_path::LocalPath;

/// Bits of a Unix mode that say what kind of file it is, and two of those kinds.
const KIND: u32 = 0o170_000;
const FILE: u32 = 0o100_000;
const FOLDER: u32 = 0o040_000;

/// A file of the archive that is to be written.
struct Wanted {
    path: LocalPath,
    place: ZipArchiveEntryWayfinder,
    method: CompressionMethod,
    bytes: u64,
}

pub(super) fn unpack(archive: &Path, mut stage: Stage<'_>) -> Result<Contents, FetchError> {
    let file = File::open(archive).map_err(FetchError::read(archive))?;
    let mut buffer = vec![0; MAX_CENTRAL_DIRECTORY_RECORD_SIZE];
    let zip = ZipArchive::from_file(file, &mut buffer).map_err(|e| stage.broken(reason(&e)))?;
    // Every entry is looked at before the first is written.
    let (mut declared, mut entries) = (0_u64, 0_u64);
    let (mut wanted, mut taken) = (Vec::new(), Vec::new());
    let mut listing = zip.entries(&mut buffer);
    while let Some(entry) = listing
        .next_entry()
        .map_err(|e| stage.broken(format!("entry {}: {}", entries + 1, reason(&e))))?
    {
        stage.count()?;
        entries += 1;
        let name = name(entry.file_path().as_bytes());
        if entry.flags().is_encrypted() {
            return Err(stage.refused(&name, "it is encrypted"));
        }
        // Programs of DOS and Windows leave the upper half empty.
        let kind = (entry.external_attributes() >> 16) & KIND;
        if !matches!(kind, 0 | FILE | FOLDER) {
            return Err(stage.refused(&name, "it is a link or device, expected a file or folder"));
        }
        if name.ends_with(['/', '\\']) || kind == FOLDER {
            continue;
        }
        let bytes = entry.uncompressed_size_hint();
        declared = declared.saturating_add(bytes);
        if declared > stage.limit() {
            return Err(stage.too_large(format!("{declared} bytes or more by its own account")));
        }
        let place = entry.wayfinder();
        let found = zip
            .get_entry(place)
            .map_err(|e| stage.refused(&name, reason(&e)))?;
        let (_, end) = found.compressed_data_range();
        taken.push((entry.local_header_offset(), end));
        let method = entry.compression_method();
        if let Some(path) = stage.admit(&name)? {
            wanted.push(Wanted {
                path,
                place,
                method,
                bytes,
            });
        }
    }
    if entries != zip.entries_hint() {
        return Err(stage.broken(format!(
            "it lists {entries} entries, expected {} as it counts them",
            zip.entries_hint()
        )));
    }
    // Bytes that count for several entries are how a small archive holds petabytes.
    taken.push((zip.directory_offset(), u64::MAX));
    taken.sort_unstable();
    if taken.windows(2).any(|pair| pair[0].1 > pair[1].0) {
        return Err(stage.broken("entries overlap, as in a decompression bomb"));
    }
    let step = stage.progress;
    step.start("unpacking", declared);
    stage.counts_written = true;
    for Wanted {
        path,
        place,
        method,
        bytes,
    } in wanted
    {
        let entry = zip
            .get_entry(place)
            .map_err(|e| stage.refused(path.as_str(), reason(&e)))?;
        let stored = entry.reader();
        let plain: Box<dyn Read> = match method.as_u16() {
            0 => Box::new(stored),
            8 => Box::new(DeflateDecoder::new(stored)),
            9 => Box::new(Deflate64Decoder::new(stored)),
            other => {
                return Err(stage.refused(
                    path.as_str(),
                    format!(
                        "compression method {other} is not read, expected stored (0), Deflate (8) \
                         or Deflate64 (9)"
                    ),
                ));
            }
        };
        // Size and CRC-32 are held against what the archive states.
        stage.write(path, bytes, &mut entry.verifying_reader(plain))?;
    }
    step.finish();
    stage.finish()
}

/// The upper half of the code page of DOS (IBM 437), in which names are that are no UTF-8.
const DOS: &str = "\u{c7}\u{fc}\u{e9}\u{e2}\u{e4}\u{e0}\u{e5}\u{e7}\u{ea}\u{eb}\u{e8}\u{ef}\u{ee}\
    \u{ec}\u{c4}\u{c5}\u{c9}\u{e6}\u{c6}\u{f4}\u{f6}\u{f2}\u{fb}\u{f9}\u{ff}\u{d6}\u{dc}\u{a2}\
    \u{a3}\u{a5}\u{20a7}\u{192}\u{e1}\u{ed}\u{f3}\u{fa}\u{f1}\u{d1}\u{aa}\u{ba}\u{bf}\u{2310}\
    \u{ac}\u{bd}\u{bc}\u{a1}\u{ab}\u{bb}\u{2591}\u{2592}\u{2593}\u{2502}\u{2524}\u{2561}\u{2562}\
    \u{2556}\u{2555}\u{2563}\u{2551}\u{2557}\u{255d}\u{255c}\u{255b}\u{2510}\u{2514}\u{2534}\
    \u{252c}\u{251c}\u{2500}\u{253c}\u{255e}\u{255f}\u{255a}\u{2554}\u{2569}\u{2566}\u{2560}\
    \u{2550}\u{256c}\u{2567}\u{2568}\u{2564}\u{2565}\u{2559}\u{2558}\u{2552}\u{2553}\u{256b}\
    \u{256a}\u{2518}\u{250c}\u{2588}\u{2584}\u{258c}\u{2590}\u{2580}\u{3b1}\u{df}\u{393}\u{3c0}\
    \u{3a3}\u{3c3}\u{b5}\u{3c4}\u{3a6}\u{398}\u{3a9}\u{3b4}\u{221e}\u{3c6}\u{3b5}\u{2229}\u{2261}\
    \u{b1}\u{2265}\u{2264}\u{2320}\u{2321}\u{f7}\u{2248}\u{b0}\u{2219}\u{b7}\u{221a}\u{207f}\
    \u{b2}\u{25a0}\u{a0}";

/// The name of an entry. Some programs write UTF-8 without saying so; text in the code page of DOS
/// is hardly ever well-formed UTF-8 by chance.
fn name(bytes: &[u8]) -> String {
    let of_dos = |&byte: &u8| match byte {
        0..=0x7f => char::from(byte),
        _ => DOS
            .chars()
            .nth(usize::from(byte) - 0x80)
            .unwrap_or(char::REPLACEMENT_CHARACTER),
    };
    match std::str::from_utf8(bytes) {
        Ok(name) => name.to_owned(),
        Err(_) => bytes.iter().map(of_dos).collect(),
    }
}

fn reason(error: &rawzip::Error) -> String {
    format!("not a ZIP archive that can be read: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_page_of_dos_is_whole() {
        assert_eq!(DOS.chars().count(), 128);
        assert_eq!(name(b"63\xe6m Gr\x81n"), "63\u{b5}m Gr\u{fc}n");
        assert_eq!(name("63\u{b5}m".as_bytes()), "63\u{b5}m");
        assert_eq!(name(b"\xff"), "\u{a0}");
    }
}
