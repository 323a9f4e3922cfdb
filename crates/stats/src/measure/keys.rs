use crate::imaging::components::for_each_run;

/// Numbers of the pairs of particle and class that some slices hold, from 1 in the order in which they
/// are met; 0 is no particle. Two voxels are alike where their numbers are.
pub(super) struct Keys {
    classes: usize,
    /// Particle of each slot.
    pub(super) ids: Vec<u32>,
    /// Slot of each particle plus 1; 0 for none yet.
    slot_of_id: Vec<u32>,
    /// Number of each class of each slot; 0 for none yet.
    number: Vec<u32>,
    /// Slot and class of each number; what stands at 0 is nothing.
    pub(super) pairs: Vec<(u32, u32)>,
}

impl Keys {
    /// For particles up to `largest`.
    pub(super) fn new(classes: usize, largest: usize) -> Self {
        Self {
            classes,
            ids: Vec::new(),
            slot_of_id: vec![0; largest + 1],
            number: Vec::new(),
            pairs: vec![(u32::MAX, 0)],
        }
    }

    pub(super) fn slot(&mut self, id: u32) -> usize {
        let known = self.slot_of_id[id as usize];
        if known != 0 {
            return known as usize - 1;
        }
        self.ids.push(id);
        self.slot_of_id[id as usize] = self.ids.len() as u32;
        self.number.resize(self.ids.len() * self.classes, 0);
        self.ids.len() - 1
    }

    /// Writes the numbers of a row to `keys`.
    pub(super) fn number_row(&mut self, particles: &[u32], phases: &[u8], keys: &mut [u32]) {
        keys.fill(0);
        for_each_run(particles, |id, start, end| {
            let slot = self.slot(id);
            let run = start as usize..end as usize;
            let stretches = phases[run.clone()].chunk_by(|a, b| a == b);
            let mut rest = &mut keys[run];
            for stretch in stretches {
                let (own, after) = rest.split_at_mut(stretch.len());
                own.fill(self.number_of(slot, stretch[0]));
                rest = after;
            }
        });
    }

    fn number_of(&mut self, slot: usize, phase: u8) -> u32 {
        let number = &mut self.number[slot * self.classes + usize::from(phase)];
        if *number == 0 {
            *number = self.pairs.len() as u32;
            self.pairs.push((slot as u32, u32::from(phase)));
        }
        *number
    }
}
