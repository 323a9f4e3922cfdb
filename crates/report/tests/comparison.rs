//! The page that compares samples.

mod common;

use corelith_report::{Comparison, compare};

use common::{difference, estimate, sample, size_class};

#[test]
fn the_page_shows_every_sample_and_marks_differences_beyond_chance() {
    let page = compare(&Comparison {
        program: "corelith".to_owned(),
        mineral: "Ore <A>".to_owned(),
        samples: [("fine", 99.0), ("coarse & old", 95.0)]
            .map(|(name, from)| {
                let sizes = [60.0, 80.0].map(|um| {
                    size_class(
                        um,
                        um + 15.0,
                        estimate(55.0),
                        [estimate(60.0), estimate(20.0)],
                    )
                });
                sample(name, from, sizes.into())
            })
            .into(),
        differences: vec![difference()],
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
