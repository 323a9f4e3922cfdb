use std::f64::consts::TAU;

/// One rotation and way round.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Turn {
    pub index: usize,
    pub mirrored: bool,
    pub angle: f64,
}

/// All rotations, both ways round.
pub(crate) fn turns(angle_step_deg: f64) -> Vec<Turn> {
    let angles = (360.0 / angle_step_deg).round() as usize;
    (0..2 * angles)
        .map(|index| Turn {
            index,
            mirrored: index >= angles,
            angle: (index % angles) as f64 * TAU / angles as f64,
        })
        .collect()
}
