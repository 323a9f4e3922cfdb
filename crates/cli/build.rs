//! Tells the program which commit it is built from: the one that its own repository is at, whether or not
//! there is a `git` to ask, or the one that `CORELITH_COMMIT` names where the source came without a repository.

use std::fs;
use std::path::Path;

/// Digits that tell commits apart.
const DIGITS: usize = 12;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=CORELITH_COMMIT");
    let given = std::env::var("CORELITH_COMMIT").ok();
    let commit = given.filter(|commit| !commit.is_empty()).or_else(commit);
    let commit = commit.unwrap_or_else(|| "unknown".to_owned());
    let short = commit.get(..DIGITS).unwrap_or(&commit);
    println!("cargo:rustc-env=CORELITH_COMMIT={short}");
}

fn commit() -> Option<String> {
    let dot_git = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.git");
    // In a second work tree it is a file that names the folder.
    let folder = match fs::read_to_string(&dot_git) {
        Ok(text) => dot_git.parent()?.join(text.strip_prefix("gitdir:")?.trim()),
        Err(_) => dot_git,
    };
    // Every commit, checkout and reset adds a line to the log: only then is this crate built anew.
    for file in ["HEAD", "logs/HEAD"] {
        let path = folder.join(file);
        if path.exists() {
            println!("cargo:rerun-if-changed={}", path.display());
        }
    }
    let head = read(&folder, "HEAD")?;
    let Some(branch) = head.strip_prefix("ref:").map(str::trim) else {
        return Some(head);
    };
    // Branches of a second work tree are those of the first one.
    let common = read(&folder, "commondir").map_or(folder.clone(), |path| folder.join(path));
    read(&common, branch).or_else(|| {
        let packed = read(&common, "packed-refs")?;
        let mut lines = packed.lines().filter_map(|line| line.split_once(' '));
        lines.find_map(|(commit, name)| (name == branch).then(|| commit.to_owned()))
    })
}

fn read(folder: &Path, file: &str) -> Option<String> {
    let text = fs::read_to_string(folder.join(file)).ok()?;
    Some(text.trim().to_owned())
}
