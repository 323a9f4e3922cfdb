/// Thresholds of every liberation curve, in percent.
pub const AT_LEAST_PCT: [f64; 11] = [
    0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 100.0,
];

/// A value with its 95 % interval; NaN where nothing was observed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The value.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Estimate {
    /// Whether the interval leaves out 0: a difference beyond chance, at 5 %.
    pub fn excludes_zero(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}

/// On what liberation is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Basis {
    /// Share of the particle's volume.
    Volume3d,
    /// Share of its exposed surface.
    Surface3d,
    /// Share of its section on the measured maps.
    Area2dMaps,
    /// Share of its section where the 3D result is cut at the planes of the maps.
    Area2dVirtual,
    /// Share of its section where the 3D result is cut at random planes.
    Area2dRandom,
}

/// Liberation on one basis.
#[derive(Debug, Clone, PartialEq)]
pub struct BasisCurve {
    /// The basis.
    pub basis: Basis,
    /// Share of the mineral, in percent, at or above each of [`AT_LEAST_PCT`].
    pub at_least: [Estimate; 11],
    /// Mean liberation, in percent.
    pub mean: Estimate,
    /// Particles or profiles that hold the mineral.
    pub particles: u64,
    /// Sections that show it; 0 in 3D.
    pub sections: u32,
    /// Particles needed for [`MineralCurves::half_width_goal_points`].
    pub needed_particles: f64,
    /// Sections needed for it; NaN in 3D.
    pub needed_sections: f64,
}

/// Liberation by 3D volume in the particles of one size class.
#[derive(Debug, Clone, PartialEq)]
pub struct SizeLiberation {
    /// Smallest and largest equivalent diameter, micrometres.
    pub diameter_um: [f64; 2],
    /// Particles of the class.
    pub particles: u64,
    /// Share of the mineral that sits in the class, in percent.
    pub mineral_share_pct: f64,
    /// Mean liberation, in percent.
    pub mean: Estimate,
    /// Share of the mineral at 50 % liberation or above, in percent.
    pub at_least_50: Estimate,
    /// Share of the mineral at 90 % liberation or above, in percent.
    pub at_least_90: Estimate,
}

/// One curve minus another, in percentage points.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The curve.
    pub basis: Basis,
    /// The curve taken from it.
    pub against: Basis,
    /// At each of [`AT_LEAST_PCT`].
    pub at_least: [Estimate; 11],
    /// Of the mean liberation.
    pub mean: Estimate,
    /// Chance of such a difference between equal curves; NaN when unknown.
    pub p_value: f64,
}

/// Liberation of one mineral.
#[derive(Debug, Clone, PartialEq)]
pub struct MineralCurves {
    /// Row of the mineral list.
    pub class: u8,
    /// One entry a basis.
    pub curves: Vec<BasisCurve>,
    /// Differences of curves.
    pub differences: Vec<Difference>,
    /// By size class, smallest first.
    pub sizes: Vec<SizeLiberation>,
    /// The 3D curve that the measured maps tell once the bias of sections is taken out.
    pub corrected: Option<[Estimate; 11]>,
    /// Half-width of the interval for which needed numbers are stated, percentage points.
    pub half_width_goal_points: f64,
}

impl MineralCurves {
    /// The curve on a basis, when anything was observed there.
    pub fn on(&self, basis: Basis) -> Option<&BasisCurve> {
        self.curves
            .iter()
            .find(|c| c.basis == basis && c.mean.value.is_finite())
    }

    /// The difference of two bases, when both were observed.
    pub fn difference(&self, basis: Basis, against: Basis) -> Option<&Difference> {
        self.differences
            .iter()
            .find(|d| d.basis == basis && d.against == against && d.mean.value.is_finite())
    }
}

/// Shares of one mineral by how many minerals its particles hold, in percent.
#[derive(Debug, Clone, PartialEq)]
pub struct Locking {
    /// Row of the mineral list.
    pub class: u8,
    /// In particles of this mineral alone.
    pub free_pct: f64,
    /// With one other, by that mineral; one entry a row of the mineral list.
    pub binary_with_pct: Vec<f64>,
    /// With two and more others.
    pub ternary_and_above_pct: f64,
}

/// What every mineral borders on.
#[derive(Debug, Clone, PartialEq)]
pub struct Association {
    /// Share of the boundary of class `row` with class `column`, in percent, row-major, one row
    /// and column a row of the mineral list; the background column is exposed surface.
    pub share_pct: Vec<f64>,
}
