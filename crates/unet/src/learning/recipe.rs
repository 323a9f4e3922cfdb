use crate::network::{Recipe, Settings, Start};

/// Share of the patches that show phantoms, where that is to be chosen.
const REHEARSAL: f64 = 0.25;

impl Recipe {
    /// From random weights, on the planes alone.
    #[cfg(test)]
    pub const PLAIN: Self = Self {
        pretrained: false,
        rehearsal: 0.0,
        augmentation: 1.0,
    };
}

/// The recipes that the settings leave open, in the order in which they are preferred.
///
/// `has_start` and `has_phantoms`: what there is to begin with and to rehearse.
pub(crate) fn candidates(settings: &Settings, has_start: bool, has_phantoms: bool) -> Vec<Recipe> {
    let starts: &[bool] = match (&settings.start, has_start) {
        (_, false) => &[false],
        (Start::Auto, true) => &[true, false],
        (_, true) => &[true],
    };
    let rehearsals = match (settings.rehearsal, has_phantoms) {
        (_, false) => vec![0.0],
        (Some(share), true) => vec![share],
        (None, true) => vec![0.0, REHEARSAL],
    };
    let recipe = |pretrained: bool, rehearsal: f64| Recipe {
        pretrained,
        rehearsal,
        augmentation: 1.0,
    };
    starts
        .iter()
        .flat_map(|&pretrained| {
            rehearsals
                .iter()
                .map(move |&share| recipe(pretrained, share))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_left_open_is_tried() {
        let open = Settings::default();
        assert_eq!(candidates(&open, true, true).len(), 4);
        assert_eq!(candidates(&open, false, true).len(), 2);
        assert_eq!(candidates(&open, false, false), [Recipe::PLAIN]);
        let fixed = Settings {
            start: Start::Pretrained,
            rehearsal: Some(0.5),
            ..Settings::default()
        };
        let found = candidates(&fixed, true, true);
        assert_eq!(found.len(), 1);
        assert!(found[0].pretrained && found[0].rehearsal == 0.5);
    }
}
