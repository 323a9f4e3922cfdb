use corelith_core::settings;

settings! {
    /// Settings of the sections.
    pub struct Settings {
        /// Random planes through the 3D result.
        pub random_sections: u32 = 300, in [0 to 100000];
        /// Diameter in micrometres of the circle of the area below which a profile is a speck:
        /// joined to the profile that it touches most, or dropped when it touches none.
        pub smallest_profile_um: f64 = 8.0, in [0 or more];
        /// Diameter in micrometres of the circle of the area below which a grain of a mineral is
        /// taken for mislabelled: it becomes the mineral in its profile that it touches most. 0
        /// keeps every grain. The default of 3 um is 5 pixels of a map of 1.2 um and 1.3 voxels of
        /// 2.3 um: what the CT cannot show, and a map not be trusted in. Measured, virtual and
        /// random sections are treated alike.
        pub smallest_grain_um: f64 = 3.0, in [0 or more];
    }
}

impl Settings {
    /// Area of the smallest profile, in pixels of a section.
    pub fn smallest_profile_px(&self, pixel_um: f64) -> f64 {
        circle_px(self.smallest_profile_um, pixel_um)
    }

    /// Area of the smallest grain, in pixels of a section.
    pub fn smallest_grain_px(&self, pixel_um: f64) -> f64 {
        circle_px(self.smallest_grain_um, pixel_um)
    }
}

/// Area in pixels of the circle of a diameter.
fn circle_px(diameter_um: f64, pixel_um: f64) -> f64 {
    let radius_px = diameter_um / (2.0 * pixel_um);
    std::f64::consts::PI * radius_px * radius_px
}
