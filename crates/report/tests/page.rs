//! The page from a small synthetic result.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

mod common;

use corelith_core::{PlacedMap, Progress, Raster, Role, Silent, Spacing, Volume};
use corelith_report::{Provenance, ReportError, build, particle_grids, particle_models, remarks};
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
    assert!(html.contains("before (left) and after (right)"));
    assert!(html.contains("Grey levels drifted &amp; were evened."));
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
    assert!(html.contains("map_1") && html.contains("no place stands out"));
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
fn the_page_asks_for_nothing_outside_and_is_the_same_every_time() {
    let html = &report().html;
    let elsewhere = html.replace("http://www.w3.org/2000/svg", "");
    for way in [
        "http:",
        "https:",
        "fetch(",
        "XMLHttpRequest",
        "WebSocket",
        "import(",
        " src=\"/",
    ] {
        assert!(!elsewhere.contains(way), "{way}");
    }
    let minerals = minerals();
    let measurements = measurements(&minerals);
    let again = build(&input(&minerals, &measurements), &Silent).unwrap();
    assert_eq!(*html, again.html);
}

#[test]
fn scripts_know_every_particle_and_no_name_ends_the_data() {
    let data = particle_data(&report().html);
    assert_eq!(data["minerals"][1]["name"], "Ore <A>");
    assert_eq!(data["particles"]["id"], serde_json::json!([1, 2, 3, 4]));
    assert_eq!(
        data["particles"]["volume_share_pct"],
        serde_json::json!([25, 25, 25, 25])
    );
    assert_eq!(
        data["groups"]["liberation_1"]["bins"]
            .as_str()
            .unwrap()
            .len(),
        4
    );
    assert_eq!(data["grids"].as_object().unwrap().len(), 4);
}

/// The numbers of the particles that the page hands to its scripts.
fn particle_data(html: &str) -> serde_json::Value {
    let data = html.split("id=\"particle-data\">").nth(1).unwrap();
    serde_json::from_str(data.split("</script>").next().unwrap()).unwrap()
}

#[test]
fn a_page_of_many_particles_stays_small() {
    const COUNT: usize = 15_802;
    const CELL: usize = 14;
    let minerals = minerals();
    let few = measurements(&minerals);
    let mut input = input(&minerals, &few);
    let mut many = few.clone();
    let [nz, ny, nx] = [26, 26, 24].map(|cells| cells * CELL);
    let id_of = |x: usize, y: usize, z: usize| {
        let [i, j, k] = [x, y, z].map(|c| c / CELL);
        let id = (k * 26 + j) * 24 + i + 1;
        let inside = [x, y, z]
            .iter()
            .all(|c| (1..CELL - 1).contains(&(c % CELL)));
        if inside && id <= COUNT { id as u32 } else { 0 }
    };
    let labels = Volume::from_fn([nz, ny, nx], Spacing::isotropic(2.0), id_of);
    // Noise, which packs worst.
    let phases = Volume::from_fn([nz, ny, nx], labels.spacing(), |x, y, z| {
        let voxel = ((z * ny + y) * nx + x) as u32;
        let noise = voxel.wrapping_mul(0x9e37_79b9) ^ (voxel >> 7).wrapping_mul(0x85eb_ca6b);
        1 + (noise >> 28 < 5) as u8
    });
    many.particles = (0..COUNT)
        .map(|n| {
            let mut particle = many.particles[n % 4].clone();
            let [i, j, k] = [n % 24, n / 24 % 26, n / 24 / 26];
            let [low, high] = [1, CELL - 2].map(|end| [i, j, k].map(|c| (c * CELL + end) as u32));
            particle.id = n as u32 + 1;
            particle.bounds_vox = [low, high];
            particle.voxels = 1700 + n as u64 % 100;
            particle.flatness = (n % 997) as f64 / 997.0;
            particle.elongation = (n % 991) as f64 / 991.0;
            particle.equivalent_diameter_um = 20.0 + (n % 1013) as f64 / 10.0;
            particle
        })
        .collect();
    many.particle_weights = vec![1.0; COUNT];
    input.measurements = &many;
    input.models = particle_models(&many.particles, &phases, &labels, &minerals, 1, 24);
    input.grids = particle_grids(
        &many.particles,
        &phases,
        &labels,
        &minerals,
        1,
        &input.models,
    );
    let (turned, models) = (&input.grids, &input.models);
    assert!(
        (100..COUNT).contains(&turned.len()),
        "{} can be turned",
        turned.len()
    );
    assert!(turned.is_sorted_by_key(|grid| grid.id));
    for model in models {
        assert!(
            turned.iter().any(|grid| grid.id == model.id),
            "{} of the gallery",
            model.id
        );
    }
    let html = build(&input, &Silent).unwrap().html;
    let data = particle_data(&html);
    assert_eq!(data["particles"]["id"].as_array().unwrap().len(), COUNT);
    let megabytes = html.len() as f64 / 1e6;
    assert!((5.0..15.0).contains(&megabytes), "{megabytes} MB");
    let grids = serde_json::to_string(&data["grids"]).unwrap().len() as f64 / 1e6;
    assert!((3.0..4.2).contains(&grids), "{grids} MB of grids");
    let listed = data["grids"].as_object().unwrap().len();
    let said = format!(
        "{}\u{202f}{:03} of 15\u{202f}802",
        listed / 1000,
        listed % 1000
    );
    assert!(html.contains(&said), "{said}");
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
    input.grids.clear();
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
    let sample = Segmented {
        phases: &phases,
        particles: &particles,
        minerals: &minerals,
    };
    let measurements = measure_sample(
        sample,
        None,
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
