use corelith_core::Volume;
use nalgebra::{Matrix3, Rotation3, Vector3};

use super::surface::{CutAway, Surface};
use crate::picture::{Picture, Rgb};

/// Samples a side and pixel.
const SAMPLES: usize = 2;
const GROUND: Rgb = [255; 3];

/// Draws a particle in parallel projection on white, `size` pixels square, coloured by class.
///
/// With `cut_open` its front half is taken away, so that the inside shows.
pub fn draw(
    classes: &Volume<Option<u8>>,
    colour_of: impl Fn(u8) -> Rgb,
    size: usize,
    cut_open: bool,
) -> Picture {
    let spacing = classes.spacing();
    let step = Vector3::new(spacing.x_um, spacing.y_um, spacing.z_um).cast::<f32>();
    let [nz, ny, nx] = classes.shape();
    let centre = Vector3::new(nx as f32 - 1.0, ny as f32 - 1.0, nz as f32 - 1.0) / 2.0;
    let camera = camera();
    let cut = cut_open.then(|| CutAway {
        point: centre,
        // Towards the viewer, turned a little so that cut face and surface are told apart.
        normal: (camera.transpose() * Vector3::new(-0.35, -0.25, 1.0)).normalize(),
    });
    let surface = Surface::of(classes, cut);
    let radius_um = (Vector3::new(nx as f32, ny as f32, nz as f32).component_mul(&step) / 2.0)
        .norm()
        .max(f32::MIN_POSITIVE);
    let samples = size * SAMPLES;
    let um_per_sample =
        2.0 * reach_um(&surface, &camera, centre, &step).min(radius_um) * 1.08 / samples as f32;
    let mut canvas = Canvas::new(samples);
    let project = |p: &Vector3<f32>| {
        let seen = camera * (p - centre).component_mul(&step) / um_per_sample;
        let middle = samples as f32 / 2.0;
        Vector3::new(middle + seen.x, middle - seen.y, seen.z)
    };
    let light = Vector3::new(-0.4, 0.5, 0.9).normalize();
    for triangle in &surface.triangles {
        let corners = triangle.map(|i| project(&surface.positions[i as usize]));
        canvas.fill(&corners, |weights| {
            let blend = |of: &[Vector3<f32>]| {
                of[triangle[0] as usize] * weights[0]
                    + of[triangle[1] as usize] * weights[1]
                    + of[triangle[2] as usize] * weights[2]
            };
            let normal = blend(&surface.normals);
            let colour = match class_at(classes, blend(&surface.positions), normal) {
                Some(class) => colour_of(class),
                None => [128; 3],
            };
            let facing = (camera * normal.component_div(&step))
                .try_normalize(1e-12)
                .unwrap_or_default();
            shaded(colour, 0.5 + 0.54 * facing.dot(&light).max(0.0))
        });
    }
    canvas.picture(f64::from(um_per_sample))
}

/// Looks from above, from the front left: rows are right, up and towards the viewer.
fn camera() -> Matrix3<f32> {
    let turn = Rotation3::from_axis_angle(&Vector3::y_axis(), 0.6);
    let nod = Rotation3::from_axis_angle(&Vector3::x_axis(), 0.45);
    // Rows of volumes run down, so y and z change sign to keep the picture from being mirrored.
    (nod * turn).into_inner() * Matrix3::from_diagonal(&Vector3::new(1.0, -1.0, -1.0))
}

fn reach_um(
    surface: &Surface,
    camera: &Matrix3<f32>,
    centre: Vector3<f32>,
    step: &Vector3<f32>,
) -> f32 {
    surface
        .positions
        .iter()
        .map(|p| camera * (p - centre).component_mul(step))
        .map(|p| p.x.abs().max(p.y.abs()))
        .fold(f32::MIN_POSITIVE, f32::max)
}

/// Class of the material just below a point of the surface.
fn class_at(classes: &Volume<Option<u8>>, point: Vector3<f32>, normal: Vector3<f32>) -> Option<u8> {
    let [nz, ny, nx] = classes.shape();
    let inward = -normal.try_normalize(1e-12)?;
    (0..8).find_map(|i| {
        let p = point + inward * (0.25 + 0.5 * i as f32);
        let index = |v: f32, n: usize| {
            let rounded = v.round();
            (rounded >= 0.0 && rounded < n as f32).then_some(rounded as usize)
        };
        classes.at(index(p.x, nx)?, index(p.y, ny)?, index(p.z, nz)?)
    })
}

fn shaded(colour: Rgb, light: f32) -> Rgb {
    colour.map(|c| (f32::from(c) * light.min(1.0)) as u8)
}

/// Colours and depths, `side` samples square.
struct Canvas {
    side: usize,
    colours: Vec<Option<Rgb>>,
    depths: Vec<f32>,
}

impl Canvas {
    fn new(side: usize) -> Self {
        Self {
            side,
            colours: vec![None; side * side],
            depths: vec![f32::NEG_INFINITY; side * side],
        }
    }

    /// Fills a triangle given by `(column, row, depth)`, larger depths in front; `colour` gets
    /// the weights of the corners.
    fn fill(&mut self, corners: &[Vector3<f32>; 3], colour: impl Fn([f32; 3]) -> Rgb) {
        let [a, b, c] = corners;
        let cross = |p: &Vector3<f32>, q: &Vector3<f32>, x: f32, y: f32| {
            (q.x - p.x) * (y - p.y) - (q.y - p.y) * (x - p.x)
        };
        let area = cross(a, b, c.x, c.y);
        if area.abs() < 1e-12 {
            return;
        }
        let range = |pick: fn(&Vector3<f32>) -> f32| {
            let low = corners.iter().map(pick).fold(f32::INFINITY, f32::min);
            let high = corners.iter().map(pick).fold(f32::NEG_INFINITY, f32::max);
            let end = (high.ceil().max(0.0) as usize + 1).min(self.side);
            (low.floor().max(0.0) as usize).min(end)..end
        };
        let columns = range(|p| p.x);
        for row in range(|p| p.y) {
            for col in columns.clone() {
                let (x, y) = (col as f32 + 0.5, row as f32 + 0.5);
                let weights = [
                    cross(b, c, x, y) / area,
                    cross(c, a, x, y) / area,
                    cross(a, b, x, y) / area,
                ];
                if weights.iter().any(|&w| w < -1e-5) {
                    continue;
                }
                let depth = a.z * weights[0] + b.z * weights[1] + c.z * weights[2];
                let at = row * self.side + col;
                if depth > self.depths[at] {
                    self.depths[at] = depth;
                    self.colours[at] = Some(colour(weights));
                }
            }
        }
    }

    /// Averages the samples of each pixel; samples at the outline are dark, so that pale
    /// minerals stand out from the ground.
    fn picture(&self, um_per_sample: f64) -> Picture {
        let sample = |x: usize, y: usize| -> Rgb {
            let at = |x: Option<usize>, y: Option<usize>| -> Option<Rgb> {
                let (x, y) = (x.filter(|&x| x < self.side)?, y.filter(|&y| y < self.side)?);
                self.colours[y * self.side + x]
            };
            let Some(colour) = at(Some(x), Some(y)) else {
                return GROUND;
            };
            let is_outline = at(x.checked_sub(1), Some(y)).is_none()
                || at(Some(x + 1), Some(y)).is_none()
                || at(Some(x), y.checked_sub(1)).is_none()
                || at(Some(x), Some(y + 1)).is_none();
            if is_outline {
                shaded(colour, 0.35)
            } else {
                colour
            }
        };
        let size = self.side / SAMPLES;
        Picture::from_fn(size, size, um_per_sample * SAMPLES as f64, |x, y| {
            let mut sum = [0u32; 3];
            for k in 0..SAMPLES * SAMPLES {
                let colour = sample(x * SAMPLES + k % SAMPLES, y * SAMPLES + k / SAMPLES);
                for (s, c) in sum.iter_mut().zip(colour) {
                    *s += u32::from(c);
                }
            }
            sum.map(|s| (s / (SAMPLES * SAMPLES) as u32) as u8)
        })
    }
}

#[cfg(test)]
mod tests {
    use corelith_core::Spacing;

    use super::*;

    /// A ball of one class around a core of another.
    fn shell() -> Volume<Option<u8>> {
        Volume::from_fn([36, 36, 36], Spacing::isotropic(2.0), |x, y, z| {
            let r = Vector3::new(x as f32 - 17.5, y as f32 - 17.5, z as f32 - 17.5).norm();
            (r <= 14.0).then_some(if r < 8.0 { 2 } else { 1 })
        })
    }

    fn colour_of(class: u8) -> Rgb {
        if class == 1 { [255, 0, 0] } else { [0, 0, 255] }
    }

    #[test]
    fn a_ball_is_a_disc_of_its_size() {
        let picture = draw(&shell(), colour_of, 100, false);
        let red = |x, y| picture.at(x, y)[0] > picture.at(x, y)[2];
        let across = (0..100).filter(|&x| red(x, 50)).count() as f64 * picture.pixel_um;
        assert!((across - 56.0).abs() < 3.0, "{across} um");
        assert_eq!(picture.at(1, 1), GROUND);
        assert!((0..100).all(|x| picture.at(x, 50)[2] <= picture.at(x, 50)[0]));
    }

    #[test]
    fn cut_open_the_core_shows() {
        let picture = draw(&shell(), colour_of, 100, true);
        let [r, _, b] = picture.at(50, 50);
        assert!(b > 100 && r < 40, "{r} {b}");
        assert!(picture.at(50, 20)[0] > 100);
    }
}
