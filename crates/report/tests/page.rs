//! The page from a small synthetic result.

mod common;

use corelith_core::{PlacedMap, Progress, Raster, Role, Silent, Spacing, Volume};
use corelith_report::{Provenance, ReportError, build, remarks};
use corelith_stats::liberation::{Association, Liberation, MeasuredWith, Segmented};
use corelith_stats::measurements::{Measurements, measure_sample};

use common::{input, measurements, minerals, report};

/// The values of an attribute in the order of the page.
fn attribute<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    html.split(&format!(" {name}=\""))
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

#[test]
fn every_section_is_there_in_order() {
    let html = &report().html;
    let order = [
        "verdict",
        "registration",
        "segmentation",
        "validation",
        "particles",
        "liberation",
        "bias",
        "provenance",
    ];
    let places: Vec<usize> = order
        .iter()
        .map(|id| html.find(&format!("<section id=\"{id}\"")).unwrap())
        .collect();
    assert!(places.is_sorted());
    for id in [
        "truth",
        "gallery",
        "particles-typical",
        "locking",
        "association",
    ] {
        assert!(html.contains(&format!("id=\"{id}\"")), "{id}");
    }
    assert!(html.contains("map_1") && html.contains("no pose stands out"));
}

#[test]
fn doubtful_particles_are_named_with_what_hangs_on_them() {
    let html = &report().html;
    assert!(html.contains("1 of 4 particles are doubtful"));
    assert!(html.contains("The largest: 3 (32 µm); column"));
    let minerals = minerals();
    let said = remarks(&[], None, &measurements(&minerals), &minerals, 1);
    let caution = "25 % of Ore <A> lies in particles that a slightly different threshold would join \
                   or part; without them its liberation curve lies up to 7 points off.";
    assert!(said.iter().any(|said| said == caution), "{said:?}");
}

#[test]
fn nothing_is_fetched_and_every_link_leads_somewhere() {
    let report = report();
    let ids = attribute(&report.html, "id");
    for target in attribute(&report.html, "href") {
        let is_known = target == "data:,"
            || target == "particles.csv"
            || report.files.iter().any(|(path, _)| path == target)
            || report.tables.iter().any(|(path, _)| path == target)
            || target.strip_prefix('#').is_some_and(|id| ids.contains(&id));
        assert!(is_known, "{target}");
    }
    for source in attribute(&report.html, "src") {
        assert!(source.starts_with("data:image/png;base64,"));
    }
    assert!(!report.html.contains("@import") && !report.html.contains("url("));
}

#[test]
fn ids_and_files_are_unique() {
    let report = report();
    let unique = |mut all: Vec<&str>| {
        let before = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), before);
    };
    unique(attribute(&report.html, "id"));
    let files = report.files.iter().map(|(path, _)| path.as_str());
    let tables = report.tables.iter().map(|(path, _)| path.as_str());
    unique(files.chain(tables).collect());
}

#[test]
fn every_picture_and_table_is_a_file_that_the_page_links() {
    let report = report();
    let linked = attribute(&report.html, "href");
    let files = report.files.iter().map(|(path, _)| path);
    for path in files.chain(report.tables.iter().map(|(path, _)| path)) {
        assert!(linked.contains(&path.as_str()), "{path} is not linked");
    }
    let shown = report.html.matches("<table").count();
    assert!(
        shown >= 11 && shown == report.tables.len(),
        "{shown} tables"
    );
}

#[test]
fn pictures_have_words_and_names_are_escaped() {
    let html = &report().html;
    let images = html.matches("<img ").count();
    assert!(images >= 3 * 3 + 3 + 4);
    let words = attribute(html, "alt");
    assert_eq!(words.len(), images);
    assert!(words.iter().all(|alt| alt.len() > 8));
    assert!(!html.contains("Ore <A>") && html.contains("Ore &lt;A&gt;"));
    assert!(html.contains("balls &amp; halves"));
}

#[test]
fn the_verdict_names_the_three_numbers() {
    let html = &report().html;
    let verdict = &html[html.find("id=\"verdict\"").unwrap()..];
    let verdict = &verdict[..verdict.find("</section>").unwrap()];
    for number in ["46.0\u{a0}%", "+6.0 points", "0.987"] {
        assert!(verdict.contains(number), "{number}");
    }
    assert!(verdict.contains("beyond chance") && verdict.contains("One map was not found."));
}

#[test]
fn a_bare_result_still_makes_a_page() {
    let minerals = minerals();
    let measurements = Measurements {
        particles: Vec::new(),
        particle_weights: Vec::new(),
        composition: Vec::new(),
        liberation: Liberation {
            minerals: Vec::new(),
            ..measurements(&minerals).liberation
        },
        sizes: Vec::new(),
        corrected: Vec::new(),
        locking: Vec::new(),
        association: Association::from_areas_um2(3, vec![0.0; 9]),
        maps: Vec::new(),
        ..measurements(&minerals)
    };
    let mut input = input(&minerals, &measurements);
    input.places.clear();
    input.slices.clear();
    input.training.clear();
    input.sections.clear();
    input.models.clear();
    input.truth = None;
    input.provenance = Provenance::default();
    let html = build(&input, &Silent).unwrap().html;
    assert!(html.contains("<section id=\"bias\"") && !html.contains("NaN"));
}

#[test]
fn a_result_without_particles_says_so() {
    let minerals = minerals();
    let phases = Volume::filled([4, 20, 20], Spacing::isotropic(2.0), 0);
    let particles = phases.map(|_| 0);
    let map = PlacedMap {
        name: "map_0".to_owned(),
        classes: Raster::filled(20, 20, 0),
        coords_vox: [
            Raster::from_fn(20, 20, |x, _| x as f32),
            Raster::from_fn(20, 20, |_, y| y as f32),
            Raster::filled(20, 20, 2.0),
        ],
        pixel_um: 2.0,
    };
    let measurements = measure_sample(
        Segmented {
            phases: &phases,
            particles: &particles,
            minerals: &minerals,
        },
        &[(Role::Validation, map)],
        MeasuredWith {
            measurement: &Default::default(),
            stereology: &Default::default(),
            liberation: &Default::default(),
            seed: 1,
        },
        &[],
        &Silent,
    )
    .unwrap();
    let mut input = input(&minerals, &measurements);
    input.slices.clear();
    input.sections.clear();
    input.models.clear();
    input.provenance.remarks = remarks(&[], None, &measurements, &minerals, 1);
    let html = build(&input, &Silent).unwrap().html;
    assert!(html.contains("No particles were found") && !html.contains("NaN"));
    assert!(html.contains("<section id=\"liberation\""));
}

#[test]
fn labels_past_the_mineral_list_are_refused() {
    let minerals = minerals();
    let measurements = measurements(&minerals);
    let mut input = input(&minerals, &measurements);
    input.sections[0].predicted.classes.data_mut()[3] = 9;
    let error = build(&input, &Silent).unwrap_err();
    assert!(
        matches!(error, ReportError::OtherMinerals { found: 10, .. }),
        "{error}"
    );
    assert!(error.to_string().contains("map_0"));
}

#[test]
fn a_request_to_stop_is_heard() {
    struct Stopped;
    impl Progress for Stopped {
        fn start(&self, _step: &str, _length: u64) {}
        fn advance(&self, _by: u64) {}
        fn remark(&self, _text: &str) {}
        fn finish(&self) {}
        fn is_cancelled(&self) -> bool {
            true
        }
    }
    let minerals = minerals();
    let measurements = measurements(&minerals);
    assert!(matches!(
        build(&input(&minerals, &measurements), &Stopped),
        Err(ReportError::Cancelled(_))
    ));
}
