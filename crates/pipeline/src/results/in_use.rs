use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::Error;

/// What is read once for all who use it at the same time.
#[derive(Debug)]
pub(super) struct InUse<T>(Arc<Mutex<Weak<T>>>);

impl<T> Default for InUse<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> Clone for InUse<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> InUse<T> {
    /// What someone holds already, else what `read` gives.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn get_or_read(&self, read: impl FnOnce() -> Result<T, Error>) -> Result<Arc<T>, Error> {
        let mut in_use = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = in_use.upgrade() {
            return Ok(held);
        }
        let held = Arc::new(read()?);
        *in_use = Arc::downgrade(&held);
        Ok(held)
    }
}
