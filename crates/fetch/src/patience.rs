use std::time::{Duration, Instant};

use corelith_core::Progress;

use crate::{FetchError, Retry};

/// Why one try failed.
#[derive(Debug)]
pub(crate) enum Fault {
    /// Another try may do better.
    Passing {
        /// The HTTP status, where one came.
        status: Option<u16>,
        /// What happened.
        reason: String,
        /// How long the server asks to wait.
        wait: Option<Duration>,
    },
    /// No other try will.
    Final(FetchError),
}

impl Fault {
    pub(crate) fn passing(reason: impl Into<String>) -> Self {
        Self::Passing {
            status: None,
            reason: reason.into(),
            wait: None,
        }
    }
}

impl From<FetchError> for Fault {
    fn from(error: FetchError) -> Self {
        Self::Final(error)
    }
}

/// Counts tries in a row that brought nothing new, and waits between them.
pub(crate) struct Patience<'a> {
    retry: Retry,
    failed: u32,
    progress: &'a dyn Progress,
}

impl<'a> Patience<'a> {
    pub(crate) fn new(retry: Retry, progress: &'a dyn Progress) -> Self {
        Self {
            retry,
            failed: 0,
            progress,
        }
    }

    /// The last try brought something new.
    pub(crate) fn renew(&mut self) {
        self.failed = 0;
    }

    /// Waits before the next try.
    ///
    /// # Errors
    /// The fault itself when it is final or the tries are used up, or cancellation.
    pub(crate) fn after(&mut self, fault: Fault, url: &str) -> Result<(), FetchError> {
        let (status, reason, asked) = match fault {
            Fault::Final(error) => return Err(error),
            Fault::Passing {
                status,
                reason,
                wait,
            } => (status, reason, wait),
        };
        self.failed += 1;
        let asks_too_much = asked.is_some_and(|wait| wait > self.retry.longest_wait);
        if self.failed >= self.retry.tries || asks_too_much {
            let url = url.to_owned();
            let tries = self.failed;
            return Err(match status {
                Some(status) => FetchError::Busy {
                    url,
                    status,
                    tries,
                    asks_wait_s: asked.map(|wait| wait.as_secs()),
                },
                None => FetchError::Unreachable { url, reason, tries },
            });
        }
        let doubled = self
            .retry
            .first_wait
            .saturating_mul(1 << (self.failed - 1).min(20));
        let wait = asked.unwrap_or(doubled).min(self.retry.longest_wait);
        self.progress.remark(&format!(
            "{reason}; again in {} s",
            wait.as_secs_f32().ceil()
        ));
        let until = Instant::now() + wait;
        loop {
            self.progress.check()?;
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            std::thread::sleep(left.min(Duration::from_millis(100)));
        }
    }
}
