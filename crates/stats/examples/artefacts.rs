//! What is left of shading and rings after they are taken out of phantoms of any kind, and what is
//! changed where there is none (`off`, `rings` and `left` in units of the noise): `cargo run --release -p corelith-stats --example artefacts -- 24 7`.

use corelith_core::{Artefact, Silent, Volume};
use corelith_phantom::{Kind, PhantomSettings, phantom};
use corelith_stats::imaging::artefacts::Artefacts;
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let count: usize = arguments.first().map_or(Ok(12), |text| text.parse())?;
    let first: u64 = arguments.get(1).map_or(Ok(1), |text| text.parse())?;
    println!("kind,seed,artefacts,noise_grey,off,rings,left,shading_spread,rings_found");
    for i in 0..count {
        let kind = Kind::ALL[i % Kind::ALL.len()];
        let seed = first + i as u64;
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let with = PhantomSettings::drawn_at_random(kind, [96, 144, 144], &mut rng);
        let mut without = with.clone();
        without.ct.rings = 0.0;
        without.ct.shading = 0.0;
        without.ct.cupping = 0.0;
        let clean = phantom(&without, seed, &Silent)?.ct;
        for (name, settings) in [("yes", &with), ("no", &without)] {
            let ct = phantom(settings, seed, &Silent)?.ct;
            let found = Artefacts::measure(&ct, &Artefact::ALL);
            let mut corrected = ct.clone();
            found.take_out(&mut corrected);
            let noise = settings.ct.noise * settings.contrast_grey();
            let [was, is] = [&ct, &corrected].map(|volume| off(volume, &clean) / noise);
            println!(
                "{},{seed},{name},{noise:.0},{was:.3},{:.3},{is:.3},{:?},{:?}",
                kind.name(),
                settings.ct.rings * settings.contrast_grey() / noise,
                found
                    .shading
                    .map(|s| s.spread().map(|v| (1000.0 * v).round() / 1000.0)),
                found.rings.map(|r| (r.axis, r.alike, r.strength / r.noise)),
            );
        }
    }
    Ok(())
}

/// Standard deviation of what two volumes differ by, beside a line from one's greys to the other's.
fn off(a: &Volume<u16>, b: &Volume<u16>) -> f64 {
    let n = a.len() as f64;
    let pairs = || {
        a.data()
            .iter()
            .zip(b.data())
            .map(|(a, b)| (f64::from(*a), f64::from(*b)))
    };
    let mean = |f: &dyn Fn((f64, f64)) -> f64| pairs().map(f).sum::<f64>() / n;
    let [ma, mb] = [mean(&|(a, _)| a), mean(&|(_, b)| b)];
    let saa = mean(&|(a, _)| (a - ma).powi(2));
    let sab = mean(&|(a, b)| (a - ma) * (b - mb));
    let sbb = mean(&|(_, b)| (b - mb).powi(2));
    (saa - sab * sab / sbb).max(0.0).sqrt()
}
