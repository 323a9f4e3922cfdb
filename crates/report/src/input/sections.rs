use corelith_stats::stereology::Section;

/// The pictures of a map and of the result cut at its pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct MapSections {
    /// The map; its name is that in the measurements.
    pub measured: Section,
    /// The result at its pixels.
    pub predicted: Section,
}
