//! The page that compares samples.

use corelith_report::{
    AT_LEAST_PCT, Comparison, Estimate, SampleDifference, SampleResult, SizeLiberation, compare,
};

fn estimate(value: f64) -> Estimate {
    Estimate {
        value,
        low: value - 2.0,
        high: value + 2.0,
    }
}

fn sample(name: &str, from: f64) -> SampleResult {
    SampleResult {
        name: name.to_owned(),
        fraction_um: Some("63-100".to_owned()),
        particles: 120,
        median_diameter_um: 70.0,
        modal_volume_pct: 34.0,
        mean: estimate(from - 30.0),
        bias_mean: estimate(5.0),
        at_least: AT_LEAST_PCT.map(|x| estimate(from - 0.6 * x)),
        bias: AT_LEAST_PCT.map(|x| estimate(0.1 * x)),
        sizes: [60.0, 80.0]
            .map(|um| SizeLiberation {
                diameter_um: [um, um + 15.0],
                particles: 60,
                mineral_share_pct: 50.0,
                mean: estimate(55.0),
                at_least_50: estimate(60.0),
                at_least_90: estimate(20.0),
            })
            .into(),
    }
}

#[test]
fn the_page_shows_every_sample_and_marks_differences_beyond_chance() {
    let page = compare(&Comparison {
        program: "corelith".to_owned(),
        mineral: "Ore <A>".to_owned(),
        samples: vec![sample("fine", 99.0), sample("coarse & old", 95.0)],
        differences: vec![SampleDifference {
            of: 1,
            against: 0,
            share: [estimate(0.5); 11],
            at_least: [estimate(-4.0); 11],
        }],
        table: "differences.csv".to_owned(),
    });
    for id in ["summary", "liberation", "differences", "sizes", "bias"] {
        assert!(page.html.contains(&format!("<section id=\"{id}\"")), "{id}");
        assert!(page.html.contains(&format!("href=\"#{id}\"")), "{id}");
    }
    assert!(page.html.contains("coarse &amp; old minus fine"));
    assert!(page.html.contains("Ore &lt;A&gt;") && !page.html.contains("Ore <A>"));
    // All eleven curve differences leave out 0, none of the class shares does.
    assert_eq!(page.html.matches(">yes</td>").count(), 11);
    assert_eq!(page.html.matches(">no</td>").count(), 11);
    for (path, _) in &page.tables {
        assert!(page.html.contains(&format!("href=\"{path}\"")), "{path}");
    }
    assert!(page.html.contains("href=\"differences.csv\""));
    assert!(!page.html.contains("http://") || page.html.contains("www.w3.org"));
    let mut files: Vec<&str> = page.files.iter().map(|(path, _)| path.as_str()).collect();
    files.sort_unstable();
    assert_eq!(
        files,
        [
            "figures/bias.svg",
            "figures/liberation.svg",
            "figures/liberation_by_size.svg"
        ]
    );
    for path in files {
        assert!(page.html.contains(&format!("href=\"{path}\"")), "{path}");
    }
}
