use corelith_core::{Cancelled, OutOfRange, RegionError};
use corelith_gpu::GpuError;

/// Why a registration could not run. A map that lies nowhere in the volume is no error but a
/// result with [`Status::NotFound`](crate::Status::NotFound).
#[derive(Debug, thiserror::Error)]
pub enum RegistrationError {
    /// The search compares cubes of the volume with squares of the map.
    #[error(
        "registration needs cubic voxels, but the volume has {x_um} x {y_um} x {z_um} um: if these \
         are right, resample it to cubes of {x_um} um (in Fiji: Image > Scale..., Y scale {:.4}, Z \
         scale {:.4}) and say `voxel_size_um = {x_um}`, else correct `voxel_size_um` in section [ct]",
        y_um / x_um,
        z_um / x_um
    )]
    NotCubic {
        /// Voxel size along x.
        x_um: f64,
        /// Voxel size along y.
        y_um: f64,
        /// Voxel size along z.
        z_um: f64,
    },
    /// Too few voxels for the smallest patch.
    #[error(
        "the CT volume has {nx} x {ny} x {nz} voxels: at least {least} along x and y and 4 along \
         z are needed to place a map"
    )]
    VolumeTooSmall {
        /// Columns.
        nx: usize,
        /// Rows.
        ny: usize,
        /// Slices.
        nz: usize,
        /// Needed along x and y.
        least: usize,
    },
    /// The pixel size is no length, or far from what maps have.
    #[error(
        "map `{map}`: a pixel of {pixel_um} um against voxels of {voxel_um} um is {ratio:.3} \
         voxels wide, expected 0.1 to 10: check sem.pixel_size_um and ct.voxel_size_um"
    )]
    PixelSize {
        /// Name of the map.
        map: String,
        /// Pixel size found.
        pixel_um: f64,
        /// Voxel size found.
        voxel_um: f64,
        /// Their ratio.
        ratio: f64,
    },
    /// A map that is too small to hold a pattern.
    #[error("map `{map}` has {rows} x {cols} pixels: at least {least} x {least} are needed")]
    MapTooSmall {
        /// Name of the map.
        map: String,
        /// Rows found.
        rows: usize,
        /// Columns found.
        cols: usize,
        /// Needed along each side.
        least: usize,
    },
    /// A class label without a row in the mineral list.
    #[error(
        "map `{map}`: class {class} at column {col}, row {row} is not in the mineral list of \
         {minerals} rows"
    )]
    UnknownClass {
        /// Name of the map.
        map: String,
        /// The label.
        class: u8,
        /// Column of the pixel.
        col: usize,
        /// Row of the pixel.
        row: usize,
        /// Length of the mineral list.
        minerals: usize,
    },
    /// The BSE image does not fit its map.
    #[error(
        "map `{map}`: the BSE image has {bse_rows} x {bse_cols} pixels, the mineral map \
         {rows} x {cols}: give both at the same pixel size"
    )]
    BseShape {
        /// Name of the map.
        map: String,
        /// Rows of the BSE image.
        bse_rows: usize,
        /// Columns of the BSE image.
        bse_cols: usize,
        /// Rows of the map.
        rows: usize,
        /// Columns of the map.
        cols: usize,
    },
    /// BSE greys are to be gone by, and there are none.
    #[error(
        "map `{map}` has no BSE image, but registration.channels is \"bse\": give the map its \
         `bse`, or set channels to \"both\" or \"classes\""
    )]
    NoBse {
        /// Name of the map.
        map: String,
    },
    /// A region that the middle of a map cannot lie in.
    #[error("the region of map `{map}`: {problem}")]
    Region {
        /// Name of the map.
        map: String,
        /// What is wrong with it.
        problem: RegionError,
    },
    /// A start pose that no pose near it is allowed for.
    #[error(
        "the start of map `{map}` is tilted by {tilt_deg:.1} degrees and has pixels of {du_vox:.3} x \
         {dv_vox:.3} voxels, expected at most {tilt_max_deg} degrees and {pixel_vox:.3} voxels give \
         or take {scale_percent} %: is it a placement of this map, and are the pixel and voxel sizes \
         those of then?"
    )]
    Start {
        /// Name of the map.
        map: String,
        /// Angle to the slices.
        tilt_deg: f64,
        /// Length of a step along the columns.
        du_vox: f64,
        /// Length of a step along the rows.
        dv_vox: f64,
        /// Largest angle that the settings allow.
        tilt_max_deg: f64,
        /// Side of a pixel by the stated sizes.
        pixel_vox: f64,
        /// Largest error of it that the settings allow, in percent.
        scale_percent: f64,
    },
    /// A setting outside its range.
    #[error("registration {0}")]
    Setting(#[from] OutOfRange),
    /// A raster of coordinates that does not fit the map drawn with it.
    #[error(
        "coordinates for {coords_rows} x {coords_cols} pixels, but the map has {rows} x {cols}"
    )]
    CoordsShape {
        /// Rows of the coordinates.
        coords_rows: usize,
        /// Columns of the coordinates.
        coords_cols: usize,
        /// Rows of the map.
        rows: usize,
        /// Columns of the map.
        cols: usize,
    },
    /// The device failed.
    #[error(transparent)]
    Gpu(#[from] GpuError),
    /// The user asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
