/// The user asked to stop; the step ended early and its result is not to be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stopped on request")]
pub struct Cancelled;

/// Where a long step reports how far it is, and learns that it should stop.
///
/// Libraries take `&dyn Progress` and never print. A step calls [`Progress::start`] once, then
/// [`Progress::advance`] from any thread, and [`Progress::finish`] at its end.
pub trait Progress: Sync {
    /// A step begins: what it does, in two or three words, and its length in any unit.
    fn start(&self, step: &str, length: u64);

    /// `by` more units of the step are done.
    fn advance(&self, by: u64);

    /// A short remark beside the bar: a loss, a score.
    fn remark(&self, text: &str);

    /// A line for people that stays: what was found, a warning. Shown nowhere by default.
    fn say(&self, _line: &str) {}

    /// The step is over.
    fn finish(&self);

    /// Whether the user asked to stop.
    fn is_cancelled(&self) -> bool;

    /// Fails when the user asked to stop.
    ///
    /// # Errors
    /// [`Cancelled`] once [`Progress::is_cancelled`] is true.
    fn check(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() {
            Err(Cancelled)
        } else {
            Ok(())
        }
    }
}

/// Reports nothing and never stops: for tests and for library users who need no bar.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn start(&self, _step: &str, _length: u64) {}
    fn advance(&self, _by: u64) {}
    fn remark(&self, _text: &str) {}
    fn finish(&self) {}
    fn is_cancelled(&self) -> bool {
        false
    }
}

/// Stops when the step around it does, and shows nothing of its own.
#[derive(Clone, Copy)]
pub struct Within<'a>(pub &'a dyn Progress);

impl Progress for Within<'_> {
    fn start(&self, _step: &str, _length: u64) {}
    fn advance(&self, _by: u64) {}
    fn remark(&self, _text: &str) {}
    fn finish(&self) {}
    fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }
}
