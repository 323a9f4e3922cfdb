//! Places of maps.

use corelith_core::CtFromMap;
use corelith_registration::{Registration, Status};
use nalgebra::Vector3;

pub fn registration(status: Status) -> Registration {
    let found = status == Status::Found;
    let figure = |found_as: f64, else_as: f64| if found { found_as } else { else_as };
    Registration {
        ct_from_map: CtFromMap::new(Vector3::x(), Vector3::y(), 10.0 * Vector3::z()),
        mirrored: found,
        tilt_deg: figure(4.0, f64::NAN),
        score: figure(0.9, 0.5),
        margin: figure(0.2, 0.0),
        probability: figure(0.999, 0.3),
        probability_needed: 0.95,
        lead_nats: figure(1.7, 0.3),
        misfits: Vec::new(),
        misfit_share: 0.0,
        uncertainty_vox: figure(0.3, f64::NAN),
        status,
        reason: if found {
            "one place stands out: the map explains 99.3 % of the CT at the best place and 74.5 % at \
             the next: right with a probability of 0.9990 (0.95 needed)"
        } else {
            "no place stands out; is this map from this sample?"
        }
        .to_owned(),
        seconds: 5.0,
        device: "CPU".to_owned(),
        warp: None,
    }
}
