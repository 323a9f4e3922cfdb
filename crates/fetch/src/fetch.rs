use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use corelith_core::Progress;
use corelith_io::{DatasetEntry, Download, FileRecord};

use crate::download::{Downloaded, download};
use crate::folder::{DataFolder, Standing};
use crate::listing::{RemoteFile, list};
use crate::local_path::{LocalPath, Names, collision_key};
use crate::selection::select;
use crate::server::Server;
use crate::sums::{Sums, sums_of};
use crate::unpack::{Contents, Kind, base_of, unpack};
use crate::{FetchError, FetchOptions, FetchReport, FetchedFile, State};

/// Fetches a data set into a folder: what is missing is downloaded, what was cut is resumed, what
/// is there whole is left alone.
///
/// Every file is held against the size and checksum that the repository publishes and appears in
/// the folder only when it fits. Archives are unpacked to where the data set is known to have its
/// folders, and not kept. Sizes and SHA-256 of all files go to `corelith-lock.toml`, with which
/// `corelith_io::Manifest::verify` compares. Files under way are in `.corelith-fetch`.
///
/// # Errors
/// [`FetchError`] says what to do by [`FetchError::help`]. What was fetched before it stays and is
/// not fetched again.
pub fn fetch(
    dataset: &DatasetEntry,
    options: &FetchOptions,
    progress: &dyn Progress,
) -> Result<FetchReport, FetchError> {
    if dataset.api != "dspace7" {
        return Err(FetchError::Api {
            dataset: dataset.name.clone(),
            api: dataset.api.clone(),
        });
    }
    let address = options.server.as_deref().unwrap_or(&dataset.server);
    let server = Server::new(address, options.retry)?;
    progress.start("asking the repository", 1);
    let listing = list(&server, &dataset.item, progress)?;
    progress.finish();
    let (wanted, not_asked_for) = select(listing.files, &options.only)?;
    let wanted = with_paths(wanted)?;
    let folder = DataFolder::open(&options.folder, &dataset.name)?;
    let downloads = &folder.lock.downloads;
    let owners = wanted
        .iter()
        .filter_map(|(file, _)| Some(owned(&file.name, downloads.get(&file.name)?)))
        .flatten()
        .collect();
    let mut fetching = Fetching {
        dataset,
        options,
        server: &server,
        folder,
        owners,
        progress,
    };
    let mut files = Vec::new();
    for (number, (file, path)) in wanted.iter().enumerate() {
        progress.check()?;
        let step = format!("fetching {} of {}", number + 1, wanted.len());
        files.push(fetching.file(file, path, &step)?);
    }
    fetching.folder.save()?;
    Ok(FetchReport {
        dataset: dataset.name.clone(),
        title: listing.title,
        server: server.address().to_owned(),
        folder: options.folder.clone(),
        files,
        not_asked_for,
    })
}

/// The files with their paths below the folder; names that collide or lead elsewhere are refused
/// before anything is downloaded.
fn with_paths(files: Vec<RemoteFile>) -> Result<Vec<(RemoteFile, LocalPath)>, FetchError> {
    let mut names = Names::default();
    files
        .into_iter()
        .map(|file| {
            let path =
                LocalPath::from_untrusted(&file.name).map_err(|problem| FetchError::Name {
                    name: file.name.clone(),
                    problem,
                })?;
            names.take(&path).map_err(|first| FetchError::Collision {
                first,
                second: file.name.clone(),
            })?;
            Ok((file, path))
        })
        .collect()
}

struct Fetching<'a> {
    dataset: &'a DatasetEntry,
    options: &'a FetchOptions,
    server: &'a Server,
    folder: DataFolder,
    /// What the files that are asked for have become, by the key of its path: the path, and the
    /// name in the repository.
    owners: HashMap<String, (String, String)>,
    progress: &'a dyn Progress,
}

impl Fetching<'_> {
    fn file(
        &mut self,
        file: &RemoteFile,
        path: &LocalPath,
        step: &str,
    ) -> Result<FetchedFile, FetchError> {
        let kind = Kind::of(&file.name).filter(|_| self.options.unpack);
        if let Some(fetched) = self.known_from_lock(file, path, kind.is_some()) {
            return Ok(fetched);
        }
        let target = self.folder.path(path);
        let there = self.whole_at(file, &target)?;
        let (source, came) = match there {
            Some(sums) => (target, (sums, State::AlreadyThere)),
            None => {
                let part = self.folder.part(part_name(file))?;
                self.progress.start(step, file.bytes);
                let Downloaded {
                    sums,
                    resumed_at_bytes,
                } = download(self.server, file, &part, self.progress)?;
                self.progress.finish();
                (part, (sums, State::Downloaded { resumed_at_bytes }))
            }
        };
        match kind {
            Some(kind) => self.unpacked(file, kind, &source, came),
            None => self.plain(file, path, &source, came),
        }
    }

    /// A file of an earlier run that is still there, by the sizes of what it became.
    fn known_from_lock(
        &self,
        file: &RemoteFile,
        path: &LocalPath,
        unpack: bool,
    ) -> Option<FetchedFile> {
        let known = self.folder.lock.downloads.get(&file.name)?;
        let published = file.published.as_ref().map(ToString::to_string);
        let same = published.is_some() && known.published == published;
        if !same || known.bytes != file.bytes || known.unpacked != unpack {
            return None;
        }
        if !self.folder.has_all(&known.files) {
            return None;
        }
        let place = if unpack {
            common_folder(&known.files)
        } else {
            path.as_str().to_owned()
        };
        Some(FetchedFile {
            name: file.name.clone(),
            bytes: file.bytes,
            checked: published,
            state: State::AlreadyThere,
            path: place,
            unpacked_files: unpack.then_some(known.files.len()),
            left_out: Vec::new(),
        })
    }

    /// The sums of a file that lies where it belongs, if they are the published ones.
    fn whole_at(&self, file: &RemoteFile, target: &Path) -> Result<Option<Sums>, FetchError> {
        let Some(published) = &file.published else {
            return Ok(None);
        };
        let found = fs::symlink_metadata(target);
        if !found.is_ok_and(|found| found.is_file() && found.len() == file.bytes) {
            return Ok(None);
        }
        self.progress.start("checking what is there", file.bytes);
        let sums = sums_of(target, self.progress)?;
        self.progress.finish();
        Ok((sums.like(published) == published.value()).then_some(sums))
    }

    fn plain(
        &mut self,
        file: &RemoteFile,
        path: &LocalPath,
        source: &Path,
        (sums, state): (Sums, State),
    ) -> Result<FetchedFile, FetchError> {
        self.claim(file, &[(path.clone(), sums.record.clone())])?;
        if state != State::AlreadyThere {
            match self.folder.standing(path, &sums.record, self.progress)? {
                Standing::Free => self.folder.place(source, path)?,
                Standing::Same => remove(source)?,
            }
        }
        let files = BTreeMap::from([(path.as_str().to_owned(), sums.record.clone())]);
        self.note(file, &sums, false, files)?;
        Ok(FetchedFile {
            name: file.name.clone(),
            bytes: file.bytes,
            checked: file.published.as_ref().map(ToString::to_string),
            state,
            path: path.as_str().to_owned(),
            unpacked_files: None,
            left_out: Vec::new(),
        })
    }

    fn unpacked(
        &mut self,
        file: &RemoteFile,
        kind: Kind,
        source: &Path,
        (sums, state): (Sums, State),
    ) -> Result<FetchedFile, FetchError> {
        let staging = self.folder.staging()?;
        let Contents { files, left_out } = unpack(
            (&file.name, source),
            kind,
            staging.path(),
            self.options.unpacked_limit_bytes,
            self.progress,
        )?;
        let paths: Vec<&LocalPath> = files.iter().map(|staged| &staged.path).collect();
        let base = base_of(&paths, Kind::stem(&file.name), self.dataset);
        let targets: Vec<(LocalPath, FileRecord)> = files
            .iter()
            .map(|staged| (staged.path.below(&base), staged.record.clone()))
            .collect();
        // All hindrances are found before the first file appears.
        self.claim(file, &targets)?;
        let mut moves: Vec<(&PathBuf, &LocalPath)> = Vec::new();
        for (staged, (path, record)) in files.iter().zip(&targets) {
            if self.folder.standing(path, record, self.progress)? == Standing::Free {
                moves.push((&staged.at, path));
            }
        }
        for (staged, path) in moves {
            self.folder.place(staged, path)?;
        }
        let count = targets.len();
        let records = targets
            .into_iter()
            .map(|(path, record)| (path.as_str().to_owned(), record))
            .collect();
        self.note(file, &sums, true, records)?;
        // The archive may go once it is known what became of it.
        self.folder.save()?;
        if state != State::AlreadyThere {
            remove(source)?;
        }
        Ok(FetchedFile {
            name: file.name.clone(),
            bytes: file.bytes,
            checked: file.published.as_ref().map(ToString::to_string),
            state,
            path: if base.is_empty() {
                ".".to_owned()
            } else {
                base
            },
            unpacked_files: Some(count),
            left_out,
        })
    }

    /// Makes sure that no other file of the item has become one of these, unless it is the same.
    fn claim(
        &self,
        file: &RemoteFile,
        files: &[(LocalPath, FileRecord)],
    ) -> Result<(), FetchError> {
        for (path, record) in files {
            let Some((taken, owner)) = self.owners.get(&collision_key(path.as_str())) else {
                continue;
            };
            let known = self.folder.lock.files.get(taken);
            let shared = taken == path.as_str() && known.is_none_or(|known| known == record);
            if *owner != file.name && !shared {
                return Err(FetchError::Collision {
                    first: format!("{taken} of {owner}"),
                    second: format!("{path} of {}", file.name),
                });
            }
        }
        Ok(())
    }

    fn note(
        &mut self,
        file: &RemoteFile,
        sums: &Sums,
        unpacked: bool,
        files: BTreeMap<String, FileRecord>,
    ) -> Result<(), FetchError> {
        let download = Download {
            bytes: sums.record.bytes,
            published: file.published.as_ref().map(ToString::to_string),
            sha256: sums.record.sha256.clone(),
            unpacked,
            files: files.keys().cloned().collect(),
        };
        self.owners.retain(|_, (_, owner)| *owner != file.name);
        self.owners.extend(owned(&file.name, &download));
        self.folder.record(&file.name, download, files)
    }
}

fn owned(name: &str, download: &Download) -> Vec<(String, (String, String))> {
    download
        .files
        .iter()
        .map(|path| (collision_key(path), (path.clone(), name.to_owned())))
        .collect()
}

/// Names a download by its content, so that it is not gone on with when the content is another.
fn part_name(file: &RemoteFile) -> &str {
    file.published.as_ref().map_or(&file.id, |sum| sum.value())
}

fn remove(path: &Path) -> Result<(), FetchError> {
    fs::remove_file(path).map_err(FetchError::write(path))
}

/// The deepest folder that holds all the files; `.` for that of the data set.
fn common_folder(files: &[String]) -> String {
    let folders = |path: &str| -> Vec<String> {
        let mut parts: Vec<_> = path.split('/').map(str::to_owned).collect();
        parts.pop();
        parts
    };
    let mut common = files.first().map(|f| folders(f)).unwrap_or_default();
    for file in files {
        let others = folders(file);
        let same = common
            .iter()
            .zip(&others)
            .take_while(|(a, b)| a == b)
            .count();
        common.truncate(same);
    }
    if common.is_empty() {
        ".".to_owned()
    } else {
        common.join("/")
    }
}
