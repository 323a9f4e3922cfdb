//! Which stages a change redoes: just those that depend on what changed.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use corelith_core::{Progress, Silent, Spacing, Volume};
use corelith_evaluation::write_phantom;
use corelith_io::read_volume;
use corelith_phantom::{PhantomSettings, phantom};
use corelith_pipeline::stage::part::Parted;
use corelith_pipeline::{Asked, Error, Options, Sample, SamplePart};

/// Keeps what is said.
#[derive(Default)]
struct Listener(Mutex<Vec<String>>);

impl Progress for Listener {
    fn start(&self, _step: &str, _length: u64) {}
    fn advance(&self, _by: u64) {}
    fn remark(&self, _text: &str) {}
    fn finish(&self) {}
    fn is_cancelled(&self) -> bool {
        false
    }
    fn say(&self, line: &str) {
        self.0.lock().unwrap().push(line.to_owned());
    }
}

/// Runs every stage; returns the names of those that were redone, in order.
fn redone(project: &Path, asked: Asked) -> Vec<String> {
    let listener = Listener::default();
    let options = Options { asked, ..on_cpu() };
    let sample = Sample::open(project, &options, &listener).unwrap();
    sample.report(&listener).unwrap();
    let said = listener.0.into_inner().unwrap();
    said.iter()
        .filter_map(|line| line.split_once(": done in "))
        .map(|(stage, _)| stage.to_owned())
        .collect()
}

fn edit(path: &Path, from: &str, to: &str) {
    let old = fs::read_to_string(path).unwrap();
    let new = old.replacen(from, to, 1);
    assert_ne!(old, new, "{} has no {from}", path.display());
    fs::write(path, new).unwrap();
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}

/// A phantom of two maps as a user's data, with a training of moments.
fn sample(folder: &Path) -> PathBuf {
    sample_scanned(folder, |_| {})
}

/// The same with a CT that a scan has changed.
fn sample_scanned(folder: &Path, scan: impl Fn(&mut Volume<u16>)) -> PathBuf {
    let mut settings = PhantomSettings {
        shape_vox: [80, 144, 144],
        ..PhantomSettings::default()
    };
    settings.maps.training = 1;
    settings.maps.validation = 1;
    let mut made = phantom(&settings, 1, &Silent).unwrap();
    scan(&mut made.ct);
    let project = write_phantom(folder, "test", "63-100", &made, &Silent).unwrap();
    let text = fs::read_to_string(&project).unwrap();
    let quick = "\n[training]\nwidth = 4\nlevels = 2\nsteps = 3\nphantoms = 0\n\n[separation]\n\
                 network = \"none\"\n\n[liberation]\nreplicates = 100\n\n[stereology]\n\
                 random_sections = 20\n";
    fs::write(&project, text + quick).unwrap();
    project
}

fn on_cpu() -> Options {
    Options {
        device: corelith_gpu::DeviceChoice::Cpu,
        ..Options::default()
    }
}

const ALL: [&str; 12] = [
    "import",
    "measure artefacts",
    "import map_0",
    "import map_1",
    "compare maps",
    "register map_0",
    "register map_1",
    "train",
    "suitability",
    "segment",
    "measure",
    "report",
];

#[test]
fn a_change_redoes_what_depends_on_it() {
    let folder = tempfile::tempdir().unwrap();
    let first = folder.path().join("first");
    let project = sample(&first);
    assert_eq!(redone(&project, Asked::default()), ALL);
    assert!(redone(&project, Asked::default()).is_empty());

    // A copy elsewhere, and a path typed otherwise.
    let copy = folder.path().join("elsewhere/copy");
    copy_folder(&first, &copy);
    let file = project.file_name().unwrap();
    let project = copy.join("..").join("copy").join(file);
    assert!(redone(&project, Asked::default()).is_empty());

    // An edited result of an earlier stage.
    let coordinates = copy.join("results/registration/map_0_coords.tif");
    let mut bytes = fs::read(&coordinates).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&coordinates, &bytes).unwrap();
    // The page shows how long it took.
    let expected = ["register map_0", "report"];
    assert_eq!(redone(&project, Asked::default()), expected);

    let minerals = copy.join("sem/minerals.csv");
    edit(&minerals, "2.62", "2.63");
    assert_eq!(redone(&project, Asked::default()), ["measure", "report"]);

    edit(&project, "random_sections = 20", "random_sections = 21");
    assert_eq!(redone(&project, Asked::default()), ["measure", "report"]);

    edit(
        &project,
        "[separation]\n",
        "[separation]\nsmallest_voxels = 3000\n",
    );
    let expected = ["segment", "measure", "report"];
    assert_eq!(redone(&project, Asked::default()), expected);

    // What is found is the same; the page shows the project.
    let correct = "[ct]\ncorrect = [\"rings\", \"shading\"]\n";
    edit(&project, "[ct]\n", correct);
    let expected = ["measure artefacts", "report"];
    assert_eq!(redone(&project, Asked::default()), expected);

    edit(&project, "name = \"test\"", "name = \"another\"");
    assert_eq!(redone(&project, Asked::default()), ["report"]);

    // Volumes for viewers, on request and no longer.
    let store = copy.join("results/sample.ome.zarr");
    let text = fs::read_to_string(&project).unwrap() + "\n[output]\nformat = \"ome-zarr\"\n";
    fs::write(&project, text).unwrap();
    assert_eq!(
        redone(&project, Asked::default()),
        ["export ome-zarr", "report"]
    );
    for (in_store, of_stage) in [
        ("", "import/ct.tif"),
        ("labels/phases", "segmentation/phases.tif"),
        ("labels/particles", "segmentation/particles.tif"),
    ] {
        let one = Spacing::isotropic(1.0);
        let read = |path: &Path| read_volume::<u32>(path, one, &Silent).unwrap();
        let expected = read(&copy.join("results").join(of_stage));
        assert!(
            read(&store.join(in_store)).data() == expected.data(),
            "{of_stage}"
        );
    }
    edit(&project, "\"ome-zarr\"", "\"tiff\"");
    assert_eq!(redone(&project, Asked::default()), ["report"]);
    assert!(!store.exists());

    // What is asked for stays, until something else is.
    let asked = Asked {
        model: Some(copy.join("results/models/phases")),
        ..Asked::default()
    };
    assert!(!redone(&project, asked).contains(&"train".to_owned()));
    assert!(redone(&project, Asked::default()).is_empty());
    let asked = Asked {
        seed: Some(5),
        ..Asked::default()
    };
    let seeded = redone(&project, asked);
    assert!(seeded.contains(&"register map_1".to_owned()), "{seeded:?}");
    let settings = fs::read_to_string(copy.join("results/settings.toml")).unwrap();
    assert!(settings.contains("seed = 5"), "{settings}");
    assert!(redone(&project, Asked::default()).is_empty());
}

#[test]
fn parts_make_the_same_segmentation() {
    let folder = tempfile::tempdir().unwrap();
    let project = sample(folder.path());
    edit(
        &project,
        "\n[separation]\nnetwork = \"none\"\n",
        "\n[segmentation]\nprobabilities = true\ntile_vox = [32, 96, 96]\noverlap_vox = 8\n",
    );
    let see = |part: &str, listener: &Listener| {
        let part = (Parted::Segmentation, part.parse().unwrap());
        SamplePart::open(&project, &on_cpu(), part, listener)?.see(listener)
    };
    // Nothing that others depend on is done beside them.
    let error = see("1/3", &Listener::default()).unwrap_err();
    assert!(matches!(error, Error::NotUpToDate { .. }), "{error}");
    let open = || Sample::open(&project, &on_cpu(), &Silent).unwrap();
    open().train(&Silent).unwrap();

    let files = |results: &Path| -> Vec<(PathBuf, Vec<u8>)> {
        let mut files: Vec<PathBuf> = fs::read_dir(results.join("segmentation"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        let read = |path: PathBuf| (path.clone(), fs::read(path).unwrap());
        files.into_iter().map(read).collect()
    };
    let results = folder.path().join("results");
    open().segment(&Silent).unwrap();
    let whole = files(&results);
    let listener = Listener::default();
    assert!(see("1/3", &listener).unwrap().is_none(), "it stands");
    fs::remove_dir_all(results.join("segmentation")).unwrap();

    // Two of three at the same time, one twice; the last one is left to who joins them.
    let parts = ["3/3", "1/3"].map(|part| {
        let part = (Parted::Segmentation, part.parse().unwrap());
        SamplePart::open(&project, &on_cpu(), part, &Silent).unwrap()
    });
    let held = Sample::open(&project, &on_cpu(), &Silent).err().unwrap();
    assert!(matches!(held, Error::InUse { .. }), "{held}");
    let twice = see("1/3", &Listener::default()).unwrap_err();
    assert!(matches!(twice, Error::InUse { .. }), "{twice}");
    for part in parts {
        let (seen, suitability) = part.see(&Silent).unwrap().unwrap();
        assert!(suitability.phases.suits);
        assert!(seen.depth.is_some() && seen.phases.path().exists());
    }
    let listener = Listener::default();
    open().segment(&listener).unwrap();
    let said = listener.0.into_inner().unwrap();
    let of_parts: Vec<&str> = said
        .iter()
        .filter(|line| line.starts_with("part ") && line.contains(':'))
        .map(|line| line.split(" in ").next().unwrap())
        .collect();
    let expected = [
        "part 1 of 3: unchanged, skipped",
        "part 2 of 3: done",
        "part 3 of 3: unchanged, skipped",
    ];
    assert_eq!(of_parts, expected);
    assert!(files(&results) == whole);
    assert!(!results.join("stages/part").exists());
    assert!(!results.join("stages/suitability").exists());

    let error = see("1/99", &Listener::default());
    assert!(error.unwrap().is_none(), "nothing is to be seen");
    edit(&project, "overlap_vox = 8", "overlap_vox = 9");
    let error = see("1/99", &Listener::default()).unwrap_err();
    assert!(
        matches!(error, Error::TooManyParts { most: 40, .. }),
        "{error}"
    );
}

#[test]
fn parts_make_the_same_measurement() {
    let folder = tempfile::tempdir().unwrap();
    let project = sample(folder.path());
    let open = || Sample::open(&project, &on_cpu(), &Silent).unwrap();
    let add_up = |part: &str, progress: &dyn Progress| {
        let part = (Parted::Measurement, part.parse().unwrap());
        SamplePart::open(&project, &on_cpu(), part, progress)?.add_up(progress)
    };
    open().train(&Silent).unwrap();
    // Segmenting is not done beside others.
    let error = add_up("1/3", &Silent).unwrap_err();
    assert!(matches!(error, Error::NotUpToDate { .. }), "{error}");

    let results = folder.path().join("results");
    open().measure(&Silent).unwrap();
    let files = ["measurements.cbor", "particles.csv", "liberation.csv"].map(|f| results.join(f));
    let read = || files.each_ref().map(|file| fs::read(file).unwrap());
    let whole = read();
    assert!(add_up("1/3", &Silent).unwrap().is_none(), "it stands");
    files.iter().for_each(|file| fs::remove_file(file).unwrap());

    for part in ["3/3", "1/3"] {
        let sums = add_up(part, &Silent).unwrap().unwrap();
        assert!(sums.content().path().exists());
    }
    let listener = Listener::default();
    open().measure(&listener).unwrap();
    let said = listener.0.into_inner().unwrap();
    let of_parts: Vec<&str> = said
        .iter()
        .filter(|line| line.starts_with("sums ") && line.contains(':'))
        .map(|line| line.split(" in ").next().unwrap())
        .collect();
    let expected = [
        "sums 1 of 3: unchanged, skipped",
        "sums 2 of 3: done",
        "sums 3 of 3: unchanged, skipped",
    ];
    assert_eq!(of_parts, expected);
    assert!(read() == whole);
    assert!(!results.join("measurement_parts").exists());
    assert!(!results.join("stages/sums").exists());

    fs::remove_file(&files[0]).unwrap();
    let error = add_up("1/81", &Silent).unwrap_err();
    assert!(
        matches!(error, Error::TooManyParts { most: 80, .. }),
        "{error}"
    );
}

#[test]
fn a_map_that_is_gone_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let project = sample(folder.path());
    let silent = &Silent;
    let placed = |project: &Path| {
        let sample = Sample::open(project, &on_cpu(), silent).unwrap();
        sample.register(None, silent).unwrap().len()
    };
    assert_eq!(placed(&project), 2);
    let text = fs::read_to_string(&project).unwrap();
    let second = text.match_indices("[[sem.map]]").nth(1).unwrap().0;
    let rest = text[second..].find("\n[training]").unwrap() + second;
    fs::write(&project, format!("{}{}", &text[..second], &text[rest..])).unwrap();
    assert_eq!(placed(&project), 1);
    let results = folder.path().join("results");
    assert!(results.join("registration/map_0.json").exists());
    for gone in [
        "registration/map_1.json",
        "registration/map_1_coords.tif",
        "import/maps/map_1.tif",
    ] {
        assert!(!results.join(gone).exists(), "{gone} is left");
    }
}

#[test]
fn artefacts_are_taken_out_of_what_later_stages_see() {
    let folder = tempfile::tempdir().unwrap();
    let project = sample_scanned(&folder.path().join("cupped"), |ct| {
        let [_, ny, nx] = ct.shape();
        for (i, grey) in ct.data_mut().iter_mut().enumerate() {
            let [y, x] = [i / nx % ny, i % nx].map(|v| v as f64);
            let [v, u] = [y / ny as f64 - 0.5, x / nx as f64 - 0.5];
            *grey = (f64::from(*grey) * (1.0 + 0.3 * (u * u + v * v))).round() as u16;
        }
    });
    let record = project.with_file_name("results/import/ct_artefacts.json");
    let same = || {
        let sample = Sample::open(&project, &on_cpu(), &Silent).unwrap();
        let imported = sample.import(&Silent).unwrap();
        let [ct, seen] = [imported.ct.read(&Silent), imported.corrected.read(&Silent)];
        ct.unwrap().data() == seen.unwrap().data()
    };
    assert!(!same());
    let said = fs::read_to_string(&record).unwrap();
    assert!(said.contains("\"radial\""), "{said}");
    let checked = folder.path().join("check");
    corelith_pipeline::check(&project, &checked, &Silent).unwrap();
    let page = fs::read_to_string(checked.join("check.html")).unwrap();
    assert!(page.contains("What the shading adds"));

    edit(&project, "[ct]\n", "[ct]\ncorrect = []\n");
    assert!(same() && !record.exists());
}

#[test]
fn an_uneven_ct_is_evened_and_shown_before_and_after() {
    let folder = tempfile::tempdir().unwrap();
    let imported = |project: &Path| {
        let sample = Sample::open(project, &on_cpu(), &Silent).unwrap();
        let imported = sample.import(&Silent).unwrap();
        (imported.ct.read(&Silent).unwrap(), imported.evening)
    };
    let (even, evening) = imported(&sample(&folder.path().join("even")));
    assert!(evening.is_none());
    let project = sample_scanned(&folder.path().join("uneven"), |ct| {
        let [nz, ny, nx] = ct.shape();
        for (i, grey) in ct.data_mut().iter_mut().enumerate() {
            let z = i / (ny * nx);
            let gain = 1.0 - 0.2 * z as f64 / nz as f64 + if z < 30 { 0.0 } else { 0.15 };
            *grey = (gain * f64::from(*grey)).round() as u16;
        }
    });
    // What the greys of a volume differ by from those of the even one, after the best line.
    let distance = |ct: &Volume<u16>| {
        let pairs = || {
            let pairs = ct.data().iter().zip(even.data());
            pairs.map(|(&a, &b)| (f64::from(a), f64::from(b)))
        };
        let n = ct.len() as f64;
        let mean_a = pairs().map(|(a, _)| a).sum::<f64>() / n;
        let mean_b = pairs().map(|(_, b)| b).sum::<f64>() / n;
        let both: f64 = pairs().map(|(a, b)| (a - mean_a) * (b - mean_b)).sum();
        let own: f64 = pairs().map(|(a, _)| (a - mean_a).powi(2)).sum();
        let squares = pairs().map(|(a, b)| (both / own * (a - mean_a) - (b - mean_b)).powi(2));
        (squares.sum::<f64>() / n).sqrt()
    };
    let (uneven, evening) = imported(&project);
    assert!(evening.is_none(), "none was asked for");
    edit(&project, "[ct]\n", "[ct]\neven = [\"drift\", \"seams\"]\n");
    let (evened, evening) = imported(&project);
    let (before, after) = (distance(&uneven), distance(&evened));
    assert!(after < 0.15 * before, "{before} became {after}");
    let shown = evening.unwrap().read(evened.spacing()).unwrap();
    assert!(
        shown.said.concat().contains("29 and 30"),
        "{:?}",
        shown.said
    );
    let results = project.with_file_name("results");
    assert!(results.join("import/ct_evening.json").exists());
    assert!(results.join("import/ct_evened.png").exists());

    let checked = folder.path().join("check");
    corelith_pipeline::check(&project, &checked, &Silent).unwrap();
    let page = fs::read_to_string(checked.join("check.html")).unwrap();
    assert!(page.contains("before (left) and after (right)"));
}
