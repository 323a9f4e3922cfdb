use corelith_core::{Raster, UNMEASURED};

use crate::{ReportError, ReportInput};

/// Everything that the page indexes by class or pixel fits.
pub fn check(input: &ReportInput) -> Result<(), ReportError> {
    let expected = input.minerals.len();
    let of_classes = |what: &dyn Fn() -> String, found: usize| {
        if found == expected {
            Ok(())
        } else {
            Err(ReportError::OtherMinerals {
                what: what(),
                found,
                expected,
            })
        }
    };
    let measurements = input.measurements;
    for p in &measurements.particles {
        let what = || format!("particle {}", p.id);
        of_classes(&what, p.mineral_voxels.len())?;
        of_classes(&what, p.mineral_surface_um2.len())?;
    }
    for l in &measurements.locking {
        of_classes(
            &|| format!("the locking of class {}", l.class),
            l.binary_with_pct.len(),
        )?;
    }
    of_classes(
        &|| "the association matrix".to_owned(),
        measurements.association.classes(),
    )?;
    let listed = measurements.composition.iter().map(|share| share.class);
    labels(&|| "the composition".to_owned(), listed, expected)?;
    for map in &measurements.maps {
        let listed = map.agreement.minerals.iter().map(|m| m.class);
        let what = || format!("the agreement with {}", map.name);
        labels(&what, listed, expected)?;
    }
    for s in &input.sections {
        let name = &s.measured.name;
        for (section, what) in [
            (&s.measured, format!("the map {name}")),
            (&s.predicted, format!("the section predicted for {name}")),
        ] {
            let what = || what.clone();
            same_shape(&what, &section.classes, &s.measured.classes)?;
            same_shape(&what, &section.counted, &s.measured.classes)?;
            let measured = section.classes.data().iter().copied();
            labels(&what, measured.filter(|&c| c != UNMEASURED), expected)?;
        }
    }
    for s in &input.slices {
        let what = || format!("the slice seen along {:?}", s.direction);
        same_shape(&what, &s.phases, &s.grey)?;
        same_shape(&what, &s.particles, &s.grey)?;
        labels(&what, s.phases.data().iter().copied(), expected)?;
    }
    for m in &input.models {
        let classes = m.classes.data().iter().flatten().copied();
        labels(
            &|| format!("the model of particle {}", m.id),
            classes,
            expected,
        )?;
    }
    let listed = measurements.liberation.minerals.iter().map(|m| m.class);
    let listed = listed.chain([input.target]);
    labels(&|| "the liberation".to_owned(), listed, expected)
}

fn same_shape<A, B>(
    what: &dyn Fn() -> String,
    a: &Raster<A>,
    b: &Raster<B>,
) -> Result<(), ReportError> {
    let (found, expected) = ((a.rows(), a.cols()), (b.rows(), b.cols()));
    if found == expected {
        return Ok(());
    }
    Err(ReportError::Shape {
        what: what(),
        found,
        expected,
    })
}

fn labels(
    what: &dyn Fn() -> String,
    labels: impl Iterator<Item = u8>,
    expected: usize,
) -> Result<(), ReportError> {
    match labels.max() {
        Some(largest) if usize::from(largest) >= expected => Err(ReportError::OtherMinerals {
            what: format!("the largest class of {}", what()),
            found: usize::from(largest) + 1,
            expected,
        }),
        _ => Ok(()),
    }
}
