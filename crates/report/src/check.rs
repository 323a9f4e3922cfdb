use corelith_core::Raster;

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
    for p in &input.particles {
        let what = || format!("particle {}", p.id);
        of_classes(&what, p.volume_pct.len())?;
        of_classes(&what, p.surface_pct.len())?;
    }
    for l in &input.locking {
        of_classes(
            &|| format!("the locking of class {}", l.class),
            l.binary_with_pct.len(),
        )?;
    }
    if let Some(a) = &input.association
        && a.share_pct.len() != expected * expected
    {
        return Err(ReportError::OtherMinerals {
            what: "the association matrix".to_owned(),
            found: a.share_pct.len(),
            expected: expected * expected,
        });
    }
    for v in &input.validations {
        let what = || format!("the section predicted for {}", v.map);
        same_shape(&what, &v.predicted, &v.measured)?;
        same_shape(&what, &v.inside, &v.measured)?;
        labels(&what, v.predicted.data().iter().copied(), expected)?;
        labels(
            &|| format!("the map {}", v.map),
            v.measured.data().iter().copied(),
            expected,
        )?;
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
    let listed = input.liberation.iter().map(|m| m.class);
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
