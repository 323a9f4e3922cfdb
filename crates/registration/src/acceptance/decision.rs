use corelith_core::Region;

use crate::acceptance::lead::probability;
use crate::fit::contenders::{Assumed, Contender};
use crate::map::categories::Categories;
use crate::placement::pose::{MapPoint, distance_vox};
use crate::registration::Status;

/// Probability from which no further patch is searched for.
const PLAIN: f64 = 0.999;
/// Least share of the map that has to fit: a place where most does not is not the map's, however
/// much better than others it is.
const FITTING_MIN: f64 = 0.5;

/// Fewest sections of particles from which a map may be taken for damaged: of three, whichever fits
/// somewhere would be the sound one.
const SECTIONS_OF_DAMAGED: f64 = 4.0;
/// Fewest sections by which a place can be told at all: one particle looks like many others.
const SECTIONS_MIN: f64 = 1.5;

/// What places are compared for.
pub(crate) struct Question<'a> {
    /// Rows and columns of the map, pixels.
    pub shape: [usize; 2],
    /// Places so close to another show the same particles there, and are no rivals of it, voxels.
    pub near_vox: f64,
    /// The region that the middle of the map is said to lie in.
    pub within: Option<(&'a Region, MapPoint)>,
    /// Least probability of a place that counts as found.
    pub probability_min: f64,
    /// Particles that the map shows ([`Sections::effective_particles`]).
    ///
    /// [`Sections::effective_particles`]: crate::map::sections::Sections::effective_particles
    pub sections: f64,
}

/// Whether the best pose stands out from all other places that were fitted alike.
#[derive(Debug, Clone)]
pub(crate) struct Decision {
    pub status: Status,
    pub score: f64,
    pub margin: f64,
    pub lead_nats: f64,
    pub probability: f64,
    /// Whether another patch can be expected to tell the same, also where it is a place outside of
    /// the region that stands out.
    pub plain: bool,
    pub reason: String,
}

impl Decision {
    /// Before anything was searched.
    pub fn nothing(categories: &Categories) -> Self {
        let reason = if categories.len() > 1 {
            "no part of the map fits anywhere into the volume: check the pixel and voxel sizes"
        } else {
            "the map shows one class or grey only, so nothing tells where it lies"
        };
        Self::without_score(reason)
    }

    /// From distinct poses: the best of them, or of those in a region that the middle of the map is
    /// said to lie in, and whether to believe it. All are judged by the noise of the one that fits
    /// best. A map may be sound or, if it shows enough to tell, damaged; the assumption that tells
    /// more counts.
    pub fn between(poses: &[Contender], question: &Question<'_>) -> (Option<Contender>, Self) {
        let best = poses
            .iter()
            .max_by(|a, b| a.votes.evidence.total_cmp(&b.votes.evidence));
        let Some(noise) = best.map(Contender::noise) else {
            let answer = question.within.map_or(
                Self::without_score("no pose keeps enough of the map inside the volume"),
                |(region, _)| Self::nowhere_in(region, ""),
            );
            return (None, answer);
        };
        let under = |assumed: Assumed| {
            let places = poses.iter().map(|contender| Place {
                contender,
                evidence: contender.evidence(noise, assumed),
            });
            let mut places: Vec<Place<'_>> = places.collect();
            places.sort_by(|a, b| b.evidence.total_cmp(&a.evidence));
            match question.within {
                Some(region) => Self::in_region(places, assumed, region, question),
                None => {
                    let decision = Self::of(&places, assumed, question);
                    (places.first().map(Place::pose), decision)
                }
            }
        };
        let sound = under(Assumed::Sound);
        if question.sections < SECTIONS_OF_DAMAGED {
            return sound;
        }
        let damaged = under(Assumed::Damaged);
        if damaged.1.probability > sound.1.probability {
            damaged
        } else {
            sound
        }
    }

    fn nowhere_in(region: &Region, elsewhere: &str) -> Self {
        Self::without_score(&format!(
            "no pose with the middle of the map in the region {region} keeps enough of the map \
             inside the volume{elsewhere}"
        ))
    }

    /// From distinct places, best first, when the middle of the map is said to lie in a region: the
    /// best place there, which is also returned, has to stand out from those outside too.
    fn in_region(
        mut places: Vec<Place<'_>>,
        assumed: Assumed,
        (region, middle): (&Region, MapPoint),
        question: &Question<'_>,
    ) -> (Option<Contender>, Self) {
        let middle_of = |place: &Place<'_>| place.contender.pose.apply(middle.col, middle.row);
        let Some(answer) = places.iter().position(|p| region.holds(&middle_of(p))) else {
            let elsewhere = places.first().map_or_else(String::new, |best| {
                let [x, y, z] = middle_of(best).into();
                format!("; the best pose elsewhere has it at {x:.1}, {y:.1}, {z:.1}")
            });
            return (None, Self::nowhere_in(region, &elsewhere));
        };
        let whole = Self::of(&places, assumed, question);
        places[..=answer].rotate_right(1);
        let mut decision = Self::of(&places, assumed, question);
        decision.plain = whole.plain;
        match places.get(1) {
            Some(rival) if answer > 0 => {
                let [x, y, z] = middle_of(rival).into();
                decision.reason = format!(
                    "a place outside of the region {region} fits better, with the middle of the \
                     map at {x:.1}, {y:.1}, {z:.1}: the map explains {:.1} % of the CT there and \
                     {:.1} % at the best place in the region",
                    100.0 * (1.0 - rival.contender.unexplained),
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
        (Some(places[0].pose()), decision)
    }

    fn without_score(reason: &str) -> Self {
        Self {
            status: Status::NotFound,
            score: 0.0,
            margin: 0.0,
            lead_nats: 0.0,
            probability: 0.0,
            plain: false,
            reason: reason.to_owned(),
        }
    }

    /// From distinct places, best first.
    fn of(places: &[Place<'_>], assumed: Assumed, question: &Question<'_>) -> Self {
        let [best, others @ ..] = places else {
            return Self::without_score("no pose keeps enough of the map inside the volume");
        };
        let pose = &best.contender.pose;
        let score = 1.0 - best.contender.unexplained;
        let [rows, cols] = question.shape;
        let far = |other: &&Place<'_>| {
            distance_vox(&other.contender.pose, pose, rows, cols) > question.near_vox
        };
        let Some(rival) = others.iter().find(far) else {
            return Self {
                score,
                ..Self::without_score("no other place fits into the volume to compare with")
            };
        };
        let lead_nats = best.evidence - rival.evidence;
        let (votes, rival) = (&best.contender.votes, rival.contender);
        let tells = question.sections >= SECTIONS_MIN;
        let fits = tells && score > 0.0 && votes.fitting >= FITTING_MIN;
        let probability = match fits {
            true => probability(lead_nats, question.sections, votes.fitting, assumed),
            false => 0.0,
        };
        let found = probability >= question.probability_min;
        let figures = format!(
            "the map explains {:.1} % of the CT at the best place and {:.1} % at the next, {:.0} and \
             {:.0} % of its area fit, {lead_nats:.2} nats a pixel apart, by {:.0} particles: right \
             with a probability of {probability:.4} ({} needed)",
            100.0 * score,
            100.0 * (1.0 - rival.unexplained),
            100.0 * votes.fitting,
            100.0 * rival.votes.fitting,
            question.sections,
            question.probability_min,
        );
        Self {
            status: if found {
                Status::Found
            } else {
                Status::NotFound
            },
            score,
            margin: rival.unexplained - best.contender.unexplained,
            lead_nats,
            probability,
            plain: probability >= PLAIN,
            reason: if found {
                format!("one place stands out: {figures}")
            } else if !tells {
                format!(
                    "the map shows hardly more than one section of a particle, which fits in many \
                     places; take a map of a larger area: {figures}"
                )
            } else {
                format!("no place stands out: {figures}; is this map from this sample?")
            },
        }
    }
}

/// A contender, judged by the noise that all share.
struct Place<'a> {
    contender: &'a Contender,
    evidence: f64,
}

impl Place<'_> {
    fn pose(&self) -> Contender {
        self.contender.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::observation::UnitFit;
    use crate::fit::votes::UnitsAt;
    use crate::map::units::UnitKind;
    use corelith_core::CtFromMap;

    /// A pose whose units, half of them bright and half dark, have residuals of these variances.
    fn with_residuals(z: f64, residuals: &[f64]) -> Contender {
        let fits = residuals.iter().enumerate().map(|(k, residual)| {
            let value = if k % 2 == 0 { 100.0 } else { 0.0 };
            UnitFit {
                pixels: 100.0,
                value,
                value_square: value,
                residual_square: 100.0 * 0.25 * residual,
            }
        });
        let fits: Vec<UnitFit> = fits.collect();
        let kinds = vec![UnitKind::Section; fits.len()];
        let unexplained = residuals.iter().sum::<f64>() / residuals.len() as f64;
        let pose = CtFromMap::from([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, z]]);
        Contender::new(pose, unexplained, UnitsAt::new(&fits, &kinds, 1.0))
    }

    /// A pose at which all units fit alike.
    fn at(z: f64, evidence: f64) -> Contender {
        with_residuals(z, &[(-2.0 * evidence).exp(); 10])
    }

    /// Poses 20 voxels apart.
    fn decision(evidence: &[f64]) -> Decision {
        let poses: Vec<Contender> = (0..)
            .map(|k| 20.0 * f64::from(k))
            .zip(evidence)
            .map(|(z, &e)| at(z, e))
            .collect();
        Decision::between(&poses, &anywhere()).1
    }

    fn anywhere() -> Question<'static> {
        Question {
            shape: [10, 10],
            near_vox: 8.0,
            within: None,
            probability_min: 0.95,
            sections: 20.0,
        }
    }

    #[test]
    fn places_that_show_the_same_particles_are_no_rivals() {
        let place = |z: f64| vec![at(15.0, 1.9), at(z, 1.8), at(60.0, 0.5), at(90.0, 0.4)];
        let judge = |poses: &[Contender]| Decision::between(poses, &anywhere()).1;
        assert_eq!(judge(&place(20.0)).status, Status::Found);
        assert_eq!(judge(&place(30.0)).status, Status::NotFound);
    }

    #[test]
    fn a_place_where_most_of_the_map_does_not_fit_is_not_believed() {
        let mut poses = vec![at(15.0, 1.9), at(60.0, 0.5), at(90.0, 0.4)];
        let judge = |poses: &[Contender]| Decision::between(poses, &anywhere()).1;
        assert_eq!(judge(&poses).status, Status::Found);
        poses[0].votes.fitting = 0.4;
        assert_eq!(judge(&poses).probability, 0.0);
        poses[0].votes.fitting = 0.9;
        poses[0].unexplained = 1.02;
        assert_eq!(judge(&poses).status, Status::NotFound);
    }

    #[test]
    fn few_sections_need_a_larger_lead_and_one_tells_no_place() {
        let poses = vec![at(15.0, 1.8), at(60.0, 1.35), at(90.0, 0.4)];
        let judge = |sections: f64| {
            let question = Question {
                sections,
                ..anywhere()
            };
            Decision::between(&poses, &question).1
        };
        assert_eq!(judge(20.0).status, Status::Found);
        assert_eq!(judge(3.0).status, Status::NotFound);
        let one = judge(1.2);
        assert_eq!((one.status, one.probability), (Status::NotFound, 0.0));
        assert!(one.reason.contains("one section"), "{}", one.reason);
    }

    #[test]
    fn a_clear_winner_is_found() {
        let decision = decision(&[1.9, 0.7, 0.5, 0.4, 0.4]);
        assert_eq!(decision.status, Status::Found, "{}", decision.reason);
        // More than by the noise of each.
        assert!(decision.lead_nats > 1.2, "{}", decision.lead_nats);
    }

    #[test]
    fn the_first_among_equals_is_not() {
        assert_eq!(decision(&[0.5, 0.4, 0.35]).status, Status::NotFound);
        // Two blobs fit many places well.
        assert_eq!(decision(&[1.8, 1.6, 0.6]).status, Status::NotFound);
        assert_eq!(decision(&[2.0]).status, Status::NotFound);
        assert_eq!(decision(&[]).status, Status::NotFound);
    }

    /// Two of ten units that were torn out cost the map its lead in the variance that it explains.
    #[test]
    fn units_that_fit_nowhere_do_not_hide_the_place() {
        let mut residuals = [0.05; 10];
        (residuals[2], residuals[5]) = (3.0, 2.0);
        let right = with_residuals(0.0, &residuals);
        let rivals = [0.45, 0.47, 0.5, 0.52].map(|r| with_residuals(1000.0 * r, &[r; 10]));
        assert!(right.unexplained > rivals[0].unexplained);
        let poses: Vec<Contender> = rivals.into_iter().chain([right]).collect();
        let (answer, decision) = Decision::between(&poses, &anywhere());
        assert_eq!(decision.status, Status::Found, "{}", decision.reason);
        assert_eq!(answer.map(|c| c.pose.apply(0.0, 0.0).z), Some(0.0));
    }

    #[test]
    fn a_place_where_the_map_explains_nothing_is_no_rival() {
        let mut residuals = [0.002; 10];
        (residuals[2], residuals[5]) = (8.0, 5.0);
        let nothing = with_residuals(50.0, &residuals);
        assert!(nothing.unexplained > 1.0);
        let poses = [nothing, at(15.0, 1.5), at(90.0, 0.4)];
        let (answer, decision) = Decision::between(&poses, &anywhere());
        assert_eq!(decision.status, Status::Found, "{}", decision.reason);
        assert_eq!(answer.map(|c| c.pose.apply(0.0, 0.0).z), Some(15.0));
    }

    #[test]
    fn a_better_place_outside_of_the_region_is_a_rival_and_no_answer() {
        let region: Region = "z=10..20".parse().unwrap();
        let middle = MapPoint { col: 5.0, row: 5.0 };
        let judge = |poses: &[Contender]| {
            let question = Question {
                within: Some((&region, middle)),
                ..anywhere()
            };
            Decision::between(poses, &question)
        };
        let z = |answer: Option<Contender>| answer.map(|c| c.pose.apply(5.0, 5.0).z);
        let (answer, decision) = judge(&[at(15.0, 2.0), at(50.0, 0.6)]);
        assert_eq!((z(answer), decision.status), (Some(15.0), Status::Found));
        let (answer, decision) = judge(&[at(50.0, 2.0), at(15.0, 0.6), at(3.0, 0.5)]);
        assert_eq!((z(answer), decision.status), (Some(15.0), Status::NotFound));
        assert!(decision.lead_nats < 0.0 && decision.margin < 0.0);
        assert_eq!(decision.probability, 0.0);
        assert!(
            decision.reason.contains("5.0, 5.0, 50.0"),
            "{}",
            decision.reason
        );
        let (answer, decision) = judge(&[at(50.0, 2.0), at(3.0, 0.5)]);
        assert_eq!(z(answer), None);
        assert_eq!(decision.status, Status::NotFound);
        assert!(decision.reason.contains("z=10..20"), "{}", decision.reason);
        assert!(
            decision.reason.contains("5.0, 5.0, 50.0"),
            "{}",
            decision.reason
        );
    }
}
