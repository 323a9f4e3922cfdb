use corelith_core::Region;

use crate::fit::contenders::Contender;
use crate::map::categories::Categories;
use crate::placement::pose::MapPoint;
use crate::registration::Status;
use crate::settings::Settings;

/// Whether the best pose stands out from all other places that were fitted alike.
#[derive(Debug, Clone)]
pub(crate) struct Decision {
    pub status: Status,
    pub score: f64,
    pub margin: f64,
    pub lead_nats: f64,
    pub lead_needed_nats: f64,
    pub reason: String,
}

impl Decision {
    /// Before anything was searched.
    pub fn nothing(categories: &Categories, settings: &Settings) -> Self {
        let reason = if categories.len() > 1 {
            "no part of the map fits anywhere into the volume: check the pixel and voxel sizes"
        } else {
            "the map shows one class or grey only, so nothing tells where it lies"
        };
        Self::without_score(reason, settings)
    }

    /// From distinct poses, best first, when the middle of the map is said to lie in a region: the
    /// best pose there, which is also returned, has to stand out from those outside too.
    pub fn in_region(
        poses: &[Contender],
        region: &Region,
        middle: MapPoint,
        settings: &Settings,
    ) -> (Option<Contender>, Self) {
        let middle_of = |contender: &Contender| contender.pose.apply(middle.col, middle.row);
        let Some(answer) = poses.iter().position(|c| region.holds(&middle_of(c))) else {
            let elsewhere = poses.first().map_or_else(String::new, |best| {
                let [x, y, z] = middle_of(best).into();
                format!("; the best pose elsewhere has it at {x:.1}, {y:.1}, {z:.1}")
            });
            let reason = format!(
                "no pose with the middle of the map in the region {region} keeps enough of the \
                 map inside the volume{elsewhere}"
            );
            return (None, Self::without_score(&reason, settings));
        };
        let mut poses = poses.to_vec();
        poses[..=answer].rotate_right(1);
        let mut decision = Self::of(&poses, settings);
        match poses.get(1) {
            Some(rival) if answer > 0 => {
                let [x, y, z] = middle_of(rival).into();
                decision.reason = format!(
                    "a place outside of the region {region} fits better, with the middle of the \
                     map at {x:.1}, {y:.1}, {z:.1}: the map explains {:.1} % of the CT there and \
                     {:.1} % at the best place in the region",
                    100.0 * (1.0 - rival.unexplained),
                    100.0 * decision.score,
                );
            }
            _ if decision.status == Status::NotFound => {
                let stop = if decision.reason.ends_with('?') {
                    ""
                } else {
                    "."
                };
                let question = format!("{stop} Does its middle lie in the region {region}?");
                decision.reason.push_str(&question);
            }
            _ => {}
        }
        (Some(poses[0]), decision)
    }

    fn without_score(reason: &str, settings: &Settings) -> Self {
        Self {
            status: Status::NotFound,
            score: 0.0,
            margin: 0.0,
            lead_nats: 0.0,
            lead_needed_nats: settings.gap_min,
            reason: reason.to_owned(),
        }
    }

    /// From distinct poses, best first.
    pub fn of(poses: &[Contender], settings: &Settings) -> Self {
        let [best, rivals @ ..] = poses else {
            return Self::without_score(
                "no pose keeps enough of the map inside the volume",
                settings,
            );
        };
        let score = 1.0 - best.unexplained;
        let Some(rival) = rivals.first() else {
            return Self {
                score,
                ..Self::without_score(
                    "no other place fits into the volume to compare with",
                    settings,
                )
            };
        };
        let lead_nats = best.evidence() - rival.evidence();
        let found = lead_nats >= settings.gap_min;
        let figures = format!(
            "the map explains {:.1} % of the CT at the best place and {:.1} % at the next, \
             {lead_nats:.2} nats a pixel apart ({:.2} needed)",
            100.0 * score,
            100.0 * (1.0 - rival.unexplained),
            settings.gap_min,
        );
        Self {
            status: if found {
                Status::Found
            } else {
                Status::NotFound
            },
            score,
            margin: rival.unexplained - best.unexplained,
            lead_nats,
            lead_needed_nats: settings.gap_min,
            reason: if found {
                format!("one place stands out: {figures}")
            } else {
                format!("no place stands out: {figures}; is this map from this sample?")
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use corelith_core::CtFromMap;

    fn decision(unexplained: &[f64]) -> Decision {
        let poses: Vec<Contender> = unexplained
            .iter()
            .map(|&unexplained| Contender {
                pose: CtFromMap::from([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0; 3]]),
                unexplained,
                inside: 1.0,
            })
            .collect();
        Decision::of(&poses, &Settings::default())
    }

    #[test]
    fn a_clear_winner_is_found() {
        let decision = decision(&[0.02, 0.25, 0.4, 0.5]);
        assert_eq!(decision.status, Status::Found, "{}", decision.reason);
        assert!((decision.margin - 0.23).abs() < 1e-12);
    }

    #[test]
    fn the_first_among_equals_is_not() {
        assert_eq!(decision(&[0.4, 0.45, 0.5]).status, Status::NotFound);
        // Two blobs fit many places well.
        assert_eq!(decision(&[0.03, 0.05, 0.3]).status, Status::NotFound);
        assert_eq!(decision(&[0.02]).status, Status::NotFound);
        assert_eq!(decision(&[]).status, Status::NotFound);
    }

    #[test]
    fn a_better_place_outside_of_the_region_is_a_rival_and_no_answer() {
        let at = |z: f64, unexplained: f64| Contender {
            pose: CtFromMap::from([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, z]]),
            unexplained,
            inside: 1.0,
        };
        let region: Region = "z=10..20".parse().unwrap();
        let middle = MapPoint { col: 5.0, row: 5.0 };
        let judge =
            |poses: &[Contender]| Decision::in_region(poses, &region, middle, &Settings::default());
        let z = |answer: Option<Contender>| answer.map(|c| c.pose.apply(5.0, 5.0).z);
        let (answer, decision) = judge(&[at(15.0, 0.02), at(50.0, 0.3)]);
        assert_eq!((z(answer), decision.status), (Some(15.0), Status::Found));
        let (answer, decision) = judge(&[at(50.0, 0.02), at(15.0, 0.3), at(3.0, 0.4)]);
        assert_eq!((z(answer), decision.status), (Some(15.0), Status::NotFound));
        assert!(decision.lead_nats < 0.0 && decision.margin < 0.0);
        assert!(
            decision.reason.contains("5.0, 5.0, 50.0"),
            "{}",
            decision.reason
        );
        let (answer, decision) = judge(&[at(50.0, 0.02), at(3.0, 0.4)]);
        assert_eq!(z(answer), None);
        assert_eq!(decision.status, Status::NotFound);
        assert!(decision.reason.contains("z=10..20"), "{}", decision.reason);
        assert!(
            decision.reason.contains("5.0, 5.0, 50.0"),
            "{}",
            decision.reason
        );
    }

    #[test]
    fn what_lies_outside_tells_nothing() {
        let whole = Contender {
            pose: CtFromMap::from([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0; 3]]),
            unexplained: 0.1,
            inside: 1.0,
        };
        let half = Contender {
            inside: 0.5,
            ..whole
        };
        assert!((half.evidence() - whole.evidence() / 2.0).abs() < 1e-12);
    }
}
