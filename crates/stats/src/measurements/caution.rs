use super::Measurements;
use crate::liberation::Basis;

/// Dice on a map kept back, below which a mineral is not told apart well enough.
const POOR_DICE: f64 = 0.7;
/// Share of the solid area below which a mineral is too rare for its Dice to say much, percent.
const RARE_PCT: f64 = 1.0;
/// Whole particles below which intervals are no longer what they say.
const FEW_PARTICLES: usize = 20;

/// What a reader must know before using the numbers.
#[derive(Debug, Clone, PartialEq)]
pub enum Caution {
    /// There is no particle at all.
    NoParticles,
    /// No map was kept back, so nothing judges the segmentation.
    NothingKeptBack,
    /// A map kept back shows that a mineral is mixed up with others.
    PoorlyToldApart {
        /// Row of the mineral list.
        class: u8,
        /// Dice on that map, 0 to 1.
        dice: f64,
        /// The map.
        map: String,
    },
    /// Too few particles lie wholly in the volume for intervals that hold what they say.
    FewWholeParticles {
        /// How many do.
        whole: usize,
    },
    /// The target's 3D curve hangs on how touching particles came apart.
    HangsOnSeparation {
        /// Largest distance of the curve without doubtful particles, percentage points; none where
        /// nothing is left.
        curve_points: Option<f64>,
        /// Share of the target in doubtful particles, percent.
        doubtful_pct: f64,
    },
    /// The interval of the target's 3D curve is wider than wanted.
    WideInterval {
        /// Wanted half-width, percentage points.
        half_width_goal_points: f64,
        /// Particles with the target that would bring it.
        needed_particles: f64,
        /// Particles with the target that were measured.
        seen_particles: u64,
    },
}

impl Measurements {
    /// What a reader must know before using the numbers for a mineral, most important first.
    pub fn cautions(&self, target: u8) -> Vec<Caution> {
        let mut cautions = Vec::new();
        if self.particles.is_empty() {
            cautions.push(Caution::NoParticles);
        }
        if self.kept_back().next().is_none() {
            cautions.push(Caution::NothingKeptBack);
        }
        for map in self.kept_back() {
            let minerals = map.agreement.minerals.iter();
            let poor = minerals.filter(|m| m.dice < POOR_DICE && m.modal_measured_pct >= RARE_PCT);
            cautions.extend(poor.map(|m| Caution::PoorlyToldApart {
                class: m.class,
                dice: m.dice,
                map: map.name.clone(),
            }));
        }
        let whole = self.particles.iter().filter(|p| !p.touches_border).count();
        if !self.particles.is_empty() && whole < FEW_PARTICLES {
            cautions.push(Caution::FewWholeParticles { whole });
        }
        let volume = self.liberation.mineral(target);
        if let Some(without) = self.without_doubtful_of(target)
            && without.doubtful_pct > 0.0
            && (without.curve_points > self.half_width_goal_points || without.curve_points.is_nan())
        {
            cautions.push(Caution::HangsOnSeparation {
                curve_points: Some(without.curve_points).filter(|points| points.is_finite()),
                doubtful_pct: without.doubtful_pct,
            });
        }
        if let Some(volume) = volume.map(|m| m.on(Basis::Volume3d))
            && volume.needed_particles > volume.seen_particles as f64
        {
            cautions.push(Caution::WideInterval {
                half_width_goal_points: self.half_width_goal_points,
                needed_particles: volume.needed_particles,
                seen_particles: volume.seen_particles,
            });
        }
        cautions
    }
}
