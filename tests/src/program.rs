use std::path::PathBuf;

use crate::Result;

/// The built program: `CORELITH_BIN`, or `corelith` in the target folder of the running test.
///
/// # Errors
/// When there is none: `cargo build --release` makes it.
pub fn program() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("CORELITH_BIN") {
        return Ok(path.into());
    }
    let test = std::env::current_exe()?;
    let folder = test
        .ancestors()
        .find(|folder| folder.ends_with("deps"))
        .and_then(|deps| deps.parent())
        .ok_or_else(|| format!("{} is in no target folder", test.display()))?;
    let path = folder.join(format!("corelith{}", std::env::consts::EXE_SUFFIX));
    if path.is_file() {
        Ok(path)
    } else {
        Err(format!(
            "{} is missing: build it with `cargo build --release`, or set CORELITH_BIN",
            path.display()
        )
        .into())
    }
}
