use std::ops::Range;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::Scope;

use super::patch::Patch;
use super::runner::Course;
use crate::model::Recipe;
use crate::random::rng;

/// Threads that make patches for a GPU, which is done with one sooner than a thread makes the next.
const THREADS_FOR_GPU: usize = 4;

/// Patches that each thread is ahead.
const AHEAD: usize = 2;

/// Patches of coming steps, made while the device computes. What a step learns from depends on its
/// number alone.
pub(crate) struct PatchQueue {
    /// Each gets every so-manieth patch.
    receivers: Vec<Receiver<Patch>>,
    next: usize,
}

impl PatchQueue {
    /// Begins to make the patches of `steps` by `recipe`.
    pub fn start<'scope, 'env>(
        scope: &'scope Scope<'scope, 'env>,
        course: Course<'env>,
        recipe: Recipe,
        steps: Range<usize>,
    ) -> Self {
        let threads = match course.compute.gpu() {
            Some(_) => THREADS_FOR_GPU.min(rayon::current_num_threads()),
            None => 1,
        };
        let make = move |first: usize| {
            let (sender, receiver) = sync_channel(AHEAD);
            let steps = steps.clone().skip(first).step_by(threads);
            scope.spawn(move || {
                for step in steps {
                    if sender.send(patch_of(&course, &recipe, step)).is_err() {
                        // Nobody wants any more.
                        return;
                    }
                }
            });
            receiver
        };
        Self {
            receivers: (0..threads).map(make).collect(),
            next: 0,
        }
    }

    /// The patch of the next step; none behind the last.
    pub fn next(&mut self) -> Option<Patch> {
        let patch = self.receivers[self.next].recv().ok()?;
        self.next = (self.next + 1) % self.receivers.len();
        Some(patch)
    }
}

fn patch_of(course: &Course<'_>, recipe: &Recipe, step: usize) -> Patch {
    let mut rng = rng(course.seed, &format!("step {step}"));
    let mut patch = course.examples.patch(recipe, course.plan.patch, &mut rng);
    let augmentation = &course.settings.augmentation;
    patch.augment(&augmentation.scaled(recipe.augmentation), &mut rng);
    patch
}
