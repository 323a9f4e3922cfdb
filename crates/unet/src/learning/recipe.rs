use crate::model::{Beginning, Recipe};
use crate::network::Settings;

/// Share of the patches that show phantoms, where that is to be chosen.
const REHEARSAL: f64 = 0.25;

impl Recipe {
    /// From random weights, on the planes alone.
    #[cfg(test)]
    pub const PLAIN: Self = Self {
        beginning: Beginning::Random,
        rehearsal: 0.0,
        augmentation: 1.0,
    };
}

/// The recipes that the settings leave open, in the order in which they are preferred.
///
/// `beginnings` and `has_phantoms`: what there is to begin with and to rehearse.
pub(crate) fn candidates(
    settings: &Settings,
    beginnings: &[Beginning],
    has_phantoms: bool,
) -> Vec<Recipe> {
    let rehearsals = match (settings.rehearsal, has_phantoms) {
        (_, false) => vec![0.0],
        (Some(share), true) => vec![share],
        // Phantoms know what a few planes do not show.
        (None, true) => vec![REHEARSAL, 0.0],
    };
    let recipe = |beginning: Beginning, rehearsal: f64| Recipe {
        beginning,
        rehearsal,
        augmentation: 1.0,
    };
    beginnings
        .iter()
        .flat_map(|&beginning| {
            rehearsals
                .iter()
                .map(move |&share| recipe(beginning, share))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_left_open_is_tried() {
        let open = Settings::default();
        let both = [Beginning::Phases, Beginning::Random];
        assert_eq!(candidates(&open, &both, true).len(), 4);
        assert_eq!(candidates(&open, &both[1..], true).len(), 2);
        assert_eq!(candidates(&open, &both[1..], false), [Recipe::PLAIN]);
        let fixed = Settings {
            rehearsal: Some(0.5),
            ..Settings::default()
        };
        let found = candidates(&fixed, &both[..1], true);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].beginning, Beginning::Phases);
        assert_eq!(found[0].rehearsal, 0.5);
    }
}
