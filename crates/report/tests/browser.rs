//! The page in a real browser: Chromium without a window, at desk and phone width and on paper.
//!
//! `CORELITH_TEST_BROWSER` is the browser, by default the first of `chromium`,
//! `chromium-browser` and `google-chrome` on the path; `no` leaves these tests out.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use corelith_report::{Comparison, Report, compare};
use corelith_stats::Particle;
use corelith_stats::liberation::{LIBERATION_CLASSES, liberation_class};

use common::{difference, sample};

/// Runs before anything else on the page.
const LISTENER: &str = include_str!("browser/listener.js");
/// Runs after everything else; reports in lines of text, each a kind and what was found.
const CHECKS: &str = include_str!("browser/checks.js");
/// Opens particles and lists.
const VIEWER: &str = include_str!("browser/viewer.js");

/// WebGL without a graphics card.
const WITH_WEBGL: [&str; 2] = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"];
const WITHOUT_WEBGL: [&str; 2] = ["--disable-gpu", "--disable-3d-apis"];

/// The browser; none where these tests are left out.
fn browser() -> Option<PathBuf> {
    let wanted = std::env::var_os("CORELITH_TEST_BROWSER");
    match wanted {
        Some(name) if name == "no" => {
            eprintln!("left out: CORELITH_TEST_BROWSER=no");
            return None;
        }
        Some(path) => return Some(path.into()),
        None => {}
    }
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = names
        .iter()
        .flat_map(|name| std::env::split_paths(&path).map(move |folder| folder.join(name)))
        .find(|candidate| candidate.is_file());
    assert!(
        found.is_some(),
        "no browser: install Chromium (Debian: apt-get install chromium), name one in \
         CORELITH_TEST_BROWSER, or set CORELITH_TEST_BROWSER=no to leave these tests out"
    );
    found
}

/// Writes the page with checks in it, and its files; returns the page.
fn write(folder: &Path, report: &Report, checks: &str) -> PathBuf {
    let _ = std::fs::remove_dir_all(folder);
    let write = |path: &str, contents: &[u8]| {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, contents).unwrap();
    };
    for (path, contents) in &report.files {
        write(path, contents);
    }
    for (path, table) in &report.tables {
        let names: Vec<&str> = table.columns().iter().map(|c| c.name.as_str()).collect();
        write(path, names.join(",").as_bytes());
    }
    let html = report
        .html
        .replacen("<head>", &format!("<head><script>{LISTENER}</script>"), 1)
        .replacen("</body>", &format!("<script>{checks}</script></body>"), 1);
    write("page.html", html.as_bytes());
    folder.join("page.html")
}

/// A page that shows another at a width and takes down what its checks report: windows of the
/// browser are never narrower than 500 pixels.
fn frame(page: &Path, width: u32) -> PathBuf {
    let html = format!(
        "<!DOCTYPE html><body style=\"margin:0\"><pre id=\"findings\"></pre><script>\
         addEventListener(\"message\", (event) => {{ findings.textContent = event.data; }});\
         </script><iframe src=\"page.html\" width=\"{width}\" height=\"900\" \
         style=\"border:0\"></iframe>"
    );
    let path = page.with_file_name("frame.html");
    std::fs::write(&path, html).unwrap();
    path
}

/// What the browser prints about a page with further arguments: stdout and stderr.
fn run(browser: &Path, page: &Path, arguments: &[&str]) -> (String, String) {
    let profile = page.with_file_name("profile");
    let output = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-dev-shm-usage"])
        .args([
            "--window-size=1500,1000",
            "--hide-scrollbars",
            "--enable-logging=stderr",
            "--virtual-time-budget=20000",
        ])
        .arg(format!("--user-data-dir={}", profile.display()))
        .args(arguments)
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

/// Loads the page at a width and returns what the checks report: `(kind, what)`.
fn findings(browser: &Path, page: &Path, width: u32, graphics: [&str; 2]) -> Vec<(String, String)> {
    let [first, second] = graphics;
    let (dom, log) = run(browser, &frame(page, width), &["--dump-dom", first, second]);
    let console: Vec<&str> = log.lines().filter(|l| l.contains(":CONSOLE")).collect();
    assert!(console.is_empty(), "{console:?}");
    let lines = dom
        .split_once("<pre id=\"findings\">")
        .and_then(|(_, rest)| rest.split_once("</pre>"))
        .unwrap_or_else(|| panic!("the checks did not report: {log}"))
        .0;
    let unescaped = |text: &str| {
        let text = text.replace("&lt;", "<").replace("&gt;", ">");
        text.replace("&nbsp;", "\u{a0}").replace("&amp;", "&")
    };
    lines
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(kind, what)| (kind.to_owned(), unescaped(what)))
        .collect()
}

fn of_kind<'a>(findings: &'a [(String, String)], kind: &str) -> Vec<&'a str> {
    let of_kind = findings.iter().filter(|(k, _)| k == kind);
    of_kind.map(|(_, what)| what.as_str()).collect()
}

/// Checks a page at both widths and on paper.
fn check(name: &str, report: &Report, sections: &[&str], also_there: &[&str]) {
    let Some(browser) = browser() else { return };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let page = write(&folder, report, CHECKS);
    for path in also_there {
        std::fs::write(folder.join(path), "").unwrap();
    }
    for width in [1400, 390] {
        let found = findings(&browser, &page, width, WITH_WEBGL);
        let problems = of_kind(&found, "problem");
        assert!(problems.is_empty(), "at {width} px: {problems:#?}");
        assert_eq!(of_kind(&found, "width"), [width.to_string()]);
        assert_eq!(of_kind(&found, "section"), sections);
        for link in of_kind(&found, "file") {
            assert!(folder.join(link).is_file(), "{link} leads nowhere");
        }
        let count = |kind: &str| -> usize { of_kind(&found, kind)[0].parse().unwrap() };
        let charts = report
            .files
            .iter()
            .filter(|(path, _)| path.ends_with(".svg"));
        assert_eq!(count("charts"), charts.count());
        assert_eq!(count("pictures"), report.html.matches("<img ").count());
        assert_eq!(count("tables"), report.tables.len());
        assert!(count("sorted") > 0, "no table was sorted");
        assert_eq!(of_kind(&found, "done"), ["yes"]);
    }
    let pdf = folder.join("page.pdf");
    let print = format!("--print-to-pdf={}", pdf.display());
    run(&browser, &page, &[&print, "--no-pdf-header-footer"]);
    assert!(std::fs::read(&pdf).unwrap().starts_with(b"%PDF"));
}

#[test]
fn the_report_works_in_a_browser() {
    check(
        "report",
        common::report(),
        &[
            "verdict",
            "registration",
            "segmentation",
            "validation",
            "particles",
            "liberation",
            "bias",
            "provenance",
        ],
        &["particles.csv"],
    );
}

#[test]
fn the_comparison_works_in_a_browser() {
    let page = compare(&Comparison {
        program: "corelith".to_owned(),
        mineral: "Ore".to_owned(),
        samples: vec![
            sample("fine", 99.0, Vec::new()),
            sample("coarse", 95.0, Vec::new()),
        ],
        differences: vec![difference()],
        table: "differences.csv".to_owned(),
    });
    let sections = ["summary", "liberation", "differences", "sizes", "bias"];
    check("comparison", &page, &sections, &["differences.csv"]);
}

/// What `viewer.js` finds on the page.
fn opened(name: &str, graphics: [&str; 2]) -> Option<Vec<(String, String)>> {
    let browser = browser()?;
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let page = write(&folder, common::report(), VIEWER);
    let found = findings(&browser, &page, 420, graphics);
    let problems = of_kind(&found, "problem");
    assert!(problems.is_empty(), "{problems:#?}");
    assert_eq!(of_kind(&found, "done"), ["yes"]);
    Some(found)
}

#[test]
fn a_particle_is_turned_and_cut_open() {
    let Some(found) = opened("turned", WITH_WEBGL) else {
        return;
    };
    assert_eq!(of_kind(&found, "turnable"), ["4"]);
    assert_eq!(of_kind(&found, "hints"), ["1"]);
    assert_eq!(of_kind(&found, "focus"), ["particle-canvas"]);
    assert_eq!(of_kind(&found, "bar"), ["10 µm"]);
    let seen = of_kind(&found, "seen")[0];
    let counts: Vec<f64> = seen
        .split(' ')
        .filter_map(|word| word.parse().ok())
        .collect();
    let total: f64 = counts.iter().sum();
    for (count, name) in counts.iter().zip(["ground", "ore", "gangue"]) {
        assert!(*count > 0.02 * total, "hardly any {name}: {seen}");
    }
    let changed = |name: &str| -> f64 {
        let line = of_kind(&found, "changed")
            .into_iter()
            .find_map(|line| line.strip_prefix(name));
        line.unwrap().trim().parse().unwrap()
    };
    for act in ["by-keys", "by-drag", "by-wheel", "by-cut"] {
        assert!(changed(act) > 0.01, "{act} changes {}", changed(act));
    }
    assert_eq!(changed("after-reset"), 0.0);
    let deeper: f64 = of_kind(&found, "deeper")[0].parse().unwrap();
    assert!(deeper > 0.01, "{deeper}");
    for point in of_kind(&found, "point") {
        assert!(point.contains(" turned 0 "), "{point}");
    }
}

#[test]
fn marks_of_charts_open_their_particles() {
    let Some(found) = opened("opened", WITH_WEBGL) else {
        return;
    };
    let minerals = common::minerals();
    let measured = common::measurements(&minerals);
    let points = of_kind(&found, "point");
    assert_eq!(points.len(), measured.particles.len());
    for (point, particle) in points.iter().zip(&measured.particles) {
        let expected = format!("{id} opens Particle {id} ", id = particle.id);
        assert!(point.starts_with(&expected), "{point}");
        let share = format!("Ore <A> {:.1}\u{a0}%", particle.volume_pct(1, 0));
        assert!(point.contains(&share), "{point}");
    }
    let ids = |holds: &dyn Fn(usize) -> bool| {
        let class = |p: &Particle| liberation_class(p.volume_pct(1, 0));
        let held = measured.particles.iter().filter(|p| holds(class(p)));
        held.map(|p| p.id.to_string()).collect::<Vec<_>>().join(",")
    };
    let lists = of_kind(&found, "list");
    for class in 0..LIBERATION_CLASSES {
        let bar = format!("liberation_1 {class} holds {}", ids(&|of| of == class));
        assert!(lists.contains(&bar.as_str()), "{bar}: {lists:#?}");
        let point = format!("liberation_1 from-{class} holds {}", ids(&|of| of >= class));
        assert!(lists.contains(&point.as_str()), "{point}: {lists:#?}");
    }
    assert!(
        lists
            .iter()
            .any(|list| list.starts_with("size ") && list.ends_with(" holds 1,2,3,4"))
    );
    let all = "liberation_1 from-0 4 particles, 100.0\u{a0}% of Ore <A>.";
    assert!(of_kind(&found, "total").contains(&all));
    assert_eq!(of_kind(&found, "stops"), ["1"]);
    assert_eq!(of_kind(&found, "keyboard"), ["Particle 2"]);
    assert_eq!(of_kind(&found, "number"), ["Particle 3 true"]);
    assert_eq!(
        of_kind(&found, "unknown"),
        ["false No particle has this number."]
    );
}

#[test]
fn without_webgl_the_stills_stay() {
    let Some(found) = opened("stills", WITHOUT_WEBGL) else {
        return;
    };
    assert_eq!(of_kind(&found, "turnable"), ["0"]);
    assert_eq!(of_kind(&found, "hints"), ["0"]);
    assert!(of_kind(&found, "seen").is_empty());
    let points = of_kind(&found, "point");
    assert_eq!(points.len(), 4);
    for point in points {
        assert!(point.contains(" still 1 "), "{point}");
    }
}

/// The checks themselves: a broken page must not pass.
#[test]
fn a_broken_page_is_caught() {
    let Some(browser) = browser() else { return };
    let report = common::report();
    let broken = Report {
        html: report
            .html
            .replacen("<main>", "<main><p style=\"min-width:3000px\">wide</p>", 1)
            .replacen("<table", "<table style=\"width:4000px\"", 1)
            .replacen("id=\"gallery-key\"", "id=\"other\"", 1)
            .replacen(
                "data:image/png;base64,iVBOR",
                "data:image/png;base64,AAAAA",
                1,
            )
            .replacen("href=\"#bias\"", "href=\"#nowhere\"", 1)
            .replacen(
                "</footer>",
                "</footer><script>undefined_function()</script>",
                1,
            ),
        ..report.clone()
    };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("broken");
    let page = write(&folder, &broken, CHECKS);
    let (dom, log) = run(&browser, &frame(&page, 1400), &["--dump-dom"]);
    assert!(
        log.contains(":CONSOLE"),
        "an error of a script is not logged: {log}"
    );
    for problem in [
        "undefined_function",
        "wider than the window",
        "is cut off",
        "picture does not load",
        "#nowhere",
        "gallery",
    ] {
        let found = dom
            .lines()
            .any(|l| l.starts_with("problem: ") && l.contains(problem));
        assert!(found, "{problem} was not caught");
    }
}
