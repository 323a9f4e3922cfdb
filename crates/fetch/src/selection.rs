use glob::{MatchOptions, Pattern};

use crate::FetchError;
use crate::listing::RemoteFile;

/// Parts the files of an item into those that a pattern asks for and the names of the others.
pub(crate) fn select(
    files: Vec<RemoteFile>,
    only: &[String],
) -> Result<(Vec<RemoteFile>, Vec<String>), FetchError> {
    if only.is_empty() {
        return Ok((files, Vec::new()));
    }
    let options = MatchOptions {
        case_sensitive: false,
        require_literal_separator: false,
        require_literal_leading_dot: false,
    };
    let mut patterns = Vec::new();
    for text in only {
        let pattern = Pattern::new(text).map_err(|e| FetchError::Pattern {
            pattern: text.clone(),
            problem: e.to_string(),
        })?;
        if !files.iter().any(|f| pattern.matches_with(&f.name, options)) {
            return Err(FetchError::NothingFits {
                pattern: text.clone(),
                names: files.into_iter().map(|f| f.name).collect(),
            });
        }
        patterns.push(pattern);
    }
    let (wanted, others): (Vec<_>, Vec<_>) = files
        .into_iter()
        .partition(|f| patterns.iter().any(|p| p.matches_with(&f.name, options)));
    Ok((wanted, others.into_iter().map(|f| f.name).collect()))
}
