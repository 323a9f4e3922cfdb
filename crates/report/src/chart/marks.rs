use std::fmt::Write as _;

use super::escaped;

/// What the marks of a chart stand for: bins of a group of particles, which the page lists.
#[derive(Debug, Clone)]
pub struct Marks {
    /// The group.
    pub group: String,
    /// What the particles of a mark have in common: words, its range, and the unit of that.
    pub words: String,
    /// With the space before it.
    pub unit: &'static str,
}

impl Marks {
    /// A mark that stands for one bin, drawn by `shape`.
    pub(super) fn bin(&self, svg: &mut String, bin: usize, range: &str, shape: &str) {
        self.write(svg, &format!("data-bin=\"{bin}\""), range, shape);
    }

    /// A mark that stands for a bin and all above.
    pub(super) fn bin_and_above(&self, svg: &mut String, bin: usize, range: &str, shape: &str) {
        self.write(svg, &format!("data-from=\"{bin}\""), range, shape);
    }

    fn write(&self, svg: &mut String, bins: &str, range: &str, shape: &str) {
        let _ = writeln!(
            svg,
            "<g data-group=\"{}\" {bins}><title>{} {range}{}</title>{}</g>",
            escaped(&self.group),
            escaped(&self.words),
            self.unit,
            shape.trim_end()
        );
    }
}
