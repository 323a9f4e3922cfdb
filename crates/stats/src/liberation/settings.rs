use corelith_core::{settings, words};

words! {
    /// What is done with particles cut by the faces of the volume, and with profiles cut by the
    /// edge of a section.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Cut {
        /// Corrected from 100 whole ones on, else counted: below that the noise of the few whole
        /// ones outweighs what counting shifts. For balls with 3 of 4 cut by the faces, counting
        /// raised the curve by at most 5 points.
        Auto = "auto",
        /// Left out, and the whole ones weighted by 1 over their chance to be whole (Miles 1974,
        /// Lantuejoul 1980): unbiased, but fewer particles. When nothing is cut, all weights are 1.
        Corrected = "corrected",
        /// Counted like whole ones: all material is used, though what remains of a cut particle
        /// shows fewer minerals than the whole.
        Counted = "counted",
    }
}

settings! {
    /// Settings of the liberation analysis.
    pub struct Settings {
        /// Bootstrap replicates.
        pub replicates: u32 = 1000, in [100 to 100000];
        /// Particles cut by the faces of the volume, and all their sections.
        pub cut_particles: Cut = Cut::Auto;
        /// Profiles cut by the edge of a measured map, and of the virtual section of that map.
        pub cut_profiles: Cut = Cut::Auto;
        /// Share of a particle from which a mineral counts as present in it, for locking classes,
        /// in percent.
        pub present_from_pct: f64 = 1.0, in [0 to 50];
        /// Half-width of the interval, in percentage points, for which the needed number of
        /// particles and sections is stated.
        pub half_width_goal_points: f64 = 5.0, in [above 0, at most 100];
    }
}

/// Whole particles from which [`Cut::Auto`] corrects.
const ENOUGH_WHOLE: usize = 100;

impl Cut {
    /// The rule that is meant, for so many whole particles: never [`Cut::Auto`].
    pub(super) fn resolved(self, whole: usize) -> Self {
        match self {
            Self::Auto if whole >= ENOUGH_WHOLE => Self::Corrected,
            Self::Auto => Self::Counted,
            rule => rule,
        }
    }
}
