//! Archives, good and bad, made in memory.

use std::io::Write;

use flate2::write::{DeflateEncoder, GzEncoder};
use flate2::{Compression, Crc};

/// An entry of a ZIP archive, as APPNOTE.TXT lays it out.
#[derive(Clone)]
pub struct ZipEntry<'a> {
    pub name: &'a [u8],
    pub content: &'a [u8],
    /// The size that is declared, where another than that of the content.
    pub declared: Option<u64>,
    /// Unix mode.
    pub mode: u32,
    pub flags: u16,
    /// Sizes and offset in the extra field of ZIP64.
    pub zip64: bool,
    /// 0 stored, 8 Deflate.
    pub method: u16,
}

impl<'a> ZipEntry<'a> {
    pub fn file(name: &'a str, content: &'a [u8]) -> Self {
        Self {
            name: name.as_bytes(),
            content,
            declared: None,
            mode: 0o100_644,
            flags: 0,
            zip64: false,
            method: 8,
        }
    }

    fn packed(&self) -> Vec<u8> {
        if self.method != 8 {
            return self.content.to_vec();
        }
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(self.content).unwrap();
        encoder.finish().unwrap()
    }

    /// What local header and central directory share: from the version to the length of the name.
    fn shared(&self, packed: u64) -> Vec<u8> {
        let mut crc = Crc::new();
        crc.update(self.content);
        let size = self.declared.unwrap_or(self.content.len() as u64);
        let short = |n: u64| if self.zip64 { u32::MAX } else { n as u32 };
        let mut bytes = Vec::new();
        for field in [45, self.flags, self.method, 0, 0x21] {
            bytes.extend(field.to_le_bytes());
        }
        for field in [crc.sum(), short(packed), short(size)] {
            bytes.extend(field.to_le_bytes());
        }
        bytes.extend((self.name.len() as u16).to_le_bytes());
        bytes
    }

    /// The extra field of ZIP64 with these numbers; empty for an entry without.
    fn extra(&self, numbers: &[u64]) -> Vec<u8> {
        let mut bytes = Vec::new();
        if self.zip64 {
            bytes.extend(1_u16.to_le_bytes());
            bytes.extend((8 * numbers.len() as u16).to_le_bytes());
            bytes.extend(numbers.iter().flat_map(|n| n.to_le_bytes()));
        }
        bytes
    }
}

/// A ZIP archive of these entries; `listed` are the places in `entries` that its directory names.
pub fn zip_listing(entries: &[ZipEntry<'_>], listed: &[usize]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    let mut offsets = Vec::new();
    for entry in entries {
        let packed = entry.packed();
        let size = entry.declared.unwrap_or(entry.content.len() as u64);
        offsets.push((bytes.len() as u64, packed.len() as u64, size));
        let extra = entry.extra(&[size, packed.len() as u64]);
        bytes.extend(b"PK\x03\x04");
        bytes.extend(entry.shared(packed.len() as u64));
        bytes.extend((extra.len() as u16).to_le_bytes());
        bytes.extend([entry.name, &extra, &packed].concat());
    }
    for &at in listed {
        let (entry, (offset, packed, size)) = (&entries[at], offsets[at]);
        let extra = entry.extra(&[size, packed, offset]);
        directory.extend(b"PK\x01\x02");
        // Made on Unix.
        directory.extend(0x0314_u16.to_le_bytes());
        directory.extend(entry.shared(packed));
        directory.extend((extra.len() as u16).to_le_bytes());
        // Length of the comment, number of the disk, internal attributes.
        directory.extend([0; 6]);
        directory.extend((entry.mode << 16).to_le_bytes());
        let short = if entry.zip64 { u32::MAX } else { offset as u32 };
        directory.extend(short.to_le_bytes());
        directory.extend([entry.name, &extra].concat());
    }
    let start = bytes.len() as u64;
    bytes.extend(&directory);
    let zip64 = entries.iter().any(|entry| entry.zip64);
    if zip64 {
        let record = bytes.len() as u64;
        bytes.extend(b"PK\x06\x06");
        bytes.extend(44_u64.to_le_bytes());
        bytes.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        let listed = listed.len() as u64;
        for number in [listed, listed, directory.len() as u64, start] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(b"PK\x06\x07\0\0\0\0");
        bytes.extend(record.to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
    }
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    let count = if zip64 { u16::MAX } else { listed.len() as u16 };
    bytes.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
    for number in [directory.len() as u64, start] {
        let short = if zip64 { u32::MAX } else { number as u32 };
        bytes.extend(short.to_le_bytes());
    }
    bytes.extend([0; 2]);
    bytes
}

pub fn zip_of(entries: &[ZipEntry<'_>]) -> Vec<u8> {
    let all: Vec<usize> = (0..entries.len()).collect();
    zip_listing(entries, &all)
}

/// A ZIP archive with these files, compressed.
pub fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let entries: Vec<_> = files
        .iter()
        .map(|(name, content)| ZipEntry::file(name, content))
        .collect();
    zip_of(&entries)
}

/// Replaces all occurrences by bytes of the same number.
pub fn replace(bytes: &mut [u8], old: &[u8], new: &[u8]) {
    assert_eq!(old.len(), new.len());
    let mut found = 0;
    for at in 0..bytes.len() - old.len() {
        if bytes[at..].starts_with(old) {
            bytes[at..at + old.len()].copy_from_slice(new);
            found += 1;
        }
    }
    assert!(
        found >= 2,
        "{} is there {found} times",
        String::from_utf8_lossy(old)
    );
}

/// An entry of a TAR archive, its name as it stands.
pub fn tar_entry(name: &[u8], kind: tar::EntryType, link: &str, content: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    header.as_old_mut().name[..name.len()].copy_from_slice(name);
    header.set_entry_type(kind);
    header.as_old_mut().linkname[..link.len()].copy_from_slice(link.as_bytes());
    header.set_mode(0o644);
    header.set_size(content.len() as u64);
    header.set_cksum();
    let mut bytes = header.as_bytes().to_vec();
    bytes.extend_from_slice(content);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

/// Entries and the end of a TAR archive.
pub fn tar(entries: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = entries.concat();
    bytes.resize(bytes.len() + 1024, 0);
    bytes
}

/// A TAR archive with these files, long names in the way of GNU.
pub fn tar_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, *content).unwrap();
    }
    builder.into_inner().unwrap()
}

pub fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
