//! Training that is stopped and goes on.

use corelith_core::{Progress, Silent};
use corelith_unet::{CheckpointError, CheckpointStore, CurvePoint, Trained, UnetError};
use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::{file, run};

/// Keeps the last state, and asks to stop after some steps.
#[derive(Default)]
struct Interrupted {
    state: RefCell<Option<Vec<u8>>>,
}

impl CheckpointStore for Interrupted {
    fn load(&self) -> Option<Vec<u8>> {
        self.state.borrow().clone()
    }

    fn save(&self, state: &[u8]) -> Result<(), CheckpointError> {
        *self.state.borrow_mut() = Some(state.to_vec());
        Ok(())
    }
}

/// Stops a training after some units of its progress.
#[derive(Default)]
struct StopAfter {
    units: u64,
    training: AtomicBool,
    done: AtomicU64,
}

impl Progress for StopAfter {
    fn start(&self, step: &str, _length: u64) {
        self.training.store(step == "train", Ordering::Relaxed);
    }
    fn advance(&self, by: u64) {
        if self.training.load(Ordering::Relaxed) {
            self.done.fetch_add(by, Ordering::Relaxed);
        }
    }
    fn remark(&self, _text: &str) {}
    fn finish(&self) {}
    fn is_cancelled(&self) -> bool {
        self.training.load(Ordering::Relaxed) && self.done.load(Ordering::Relaxed) >= self.units
    }
}

#[test]
fn a_stopped_run_goes_on_exactly() {
    let whole = run(12, None, &Silent).unwrap();
    let store = Interrupted::default();
    let stop = StopAfter {
        units: 400,
        ..StopAfter::default()
    };
    let stopped = run(12, Some(&store), &stop);
    assert!(matches!(stopped, Err(UnetError::Cancelled(_))));
    assert!(store.load().is_some());
    let resumed = run(12, Some(&store), &Silent).unwrap();
    assert_same(&resumed, &whole);

    // A killed run leaves the state of the last point of its curve.
    let first = First::default();
    run(12, Some(&first), &Silent).unwrap();
    let resumed = run(12, Some(&first), &Silent).unwrap();
    assert_same(&resumed, &whole);
}

/// The same weights, card and curve, but for the seconds.
fn assert_same(resumed: &Trained, whole: &Trained) {
    let untimed = |trained: &Trained| -> Vec<CurvePoint> {
        let points = trained.curve.iter().cloned();
        points.map(|p| CurvePoint { seconds: 0.0, ..p }).collect()
    };
    assert_eq!(untimed(resumed), untimed(whole));
    assert_eq!(file(resumed), file(whole));
}

#[test]
fn a_run_that_stops_between_two_points_of_its_curve_goes_on_exactly() {
    // Points are two steps apart; the run stops behind the first of two.
    let steps = 24;
    let whole = run(steps, None, &Silent).unwrap();
    assert_eq!(whole.curve[0].step, 2);
    let store = Interrupted::default();
    let stop = StopAfter {
        units: 1000 * 7 / steps as u64,
        ..StopAfter::default()
    };
    let stopped = run(steps, Some(&store), &stop);
    assert!(matches!(stopped, Err(UnetError::Cancelled(_))));
    let resumed = run(steps, Some(&store), &Silent).unwrap();
    assert_same(&resumed, &whole);
}

/// Keeps the first state alone.
#[derive(Default)]
struct First(RefCell<Option<Vec<u8>>>);

impl CheckpointStore for First {
    fn load(&self) -> Option<Vec<u8>> {
        self.0.borrow().clone()
    }

    fn save(&self, state: &[u8]) -> Result<(), CheckpointError> {
        self.0.borrow_mut().get_or_insert_with(|| state.to_vec());
        Ok(())
    }
}

/// Keeps nothing.
struct Full;

impl CheckpointStore for Full {
    fn load(&self) -> Option<Vec<u8>> {
        None
    }

    fn save(&self, _state: &[u8]) -> Result<(), CheckpointError> {
        Err("no space left".into())
    }
}

#[test]
fn a_state_that_cannot_be_kept_is_told() {
    let trained = run(2, Some(&Full), &Silent).unwrap();
    let of_state = |trained: &Trained| {
        let warnings = trained.warnings.iter();
        warnings.filter(|w| w.contains("no space left")).count()
    };
    assert_eq!(of_state(&trained), 1, "{:?}", trained.warnings);
    let stop = StopAfter {
        ..StopAfter::default()
    };
    let error = run(2, Some(&Full), &stop).unwrap_err();
    assert!(matches!(error, UnetError::Checkpoint { .. }), "{error}");
    assert_eq!(of_state(&run(2, None, &Silent).unwrap()), 0);
}
