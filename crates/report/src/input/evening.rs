use corelith_core::Raster;

/// A CT whose drift or seams were evened.
#[derive(Debug, Clone)]
pub struct EvenedCt {
    /// What was done, a sentence each.
    pub said: Vec<String>,
    /// A section along z before, on the left, and after, on the right.
    pub picture: Raster<[u8; 3]>,
    /// Size of a pixel of the picture, micrometres.
    pub pixel_um: f64,
}
