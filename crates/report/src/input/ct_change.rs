use corelith_core::Raster;

/// What was changed of the grey values of a CT: drift, seams or shading that are not of the sample.
#[derive(Debug, Clone)]
pub struct CtChange {
    /// What was done, a sentence each.
    pub said: Vec<String>,
    /// A picture of it.
    pub picture: Raster<[u8; 3]>,
    /// What the picture shows, without the full stop.
    pub caption: String,
    /// Name of the picture's file, without its ending.
    pub figure: &'static str,
    /// Size of a pixel of the picture, micrometres.
    pub pixel_um: f64,
}
