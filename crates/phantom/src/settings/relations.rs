use corelith_core::{OutOfRange, RangedSettings as _};

use super::{Habit, MineralLook, PhantomSettings};

impl PhantomSettings {
    /// What no setting can tell for itself: those that are measured in voxels, pairs of smallest
    /// and largest, and the minerals together.
    pub(super) fn check_relations(&self) -> Result<(), OutOfRange> {
        self.check_voxels()?;
        self.check_pairs()?;
        self.check_minerals()
    }

    /// Lengths in micrometres whose range is one of voxels.
    fn check_voxels(&self) -> Result<(), OutOfRange> {
        let (particles, texture, maps) = (&self.particles, &self.texture, &self.maps);
        for (setting, length_um, [low, high], expected) in [
            (
                "particles.diameter_min_um",
                particles.diameter_min_um,
                [4.0, 1e5],
                "4 voxels or more",
            ),
            (
                "texture.band_um",
                texture.band_um,
                [0.5, 1e5],
                "0.5 voxels or more",
            ),
            (
                "texture.blob_um",
                texture.blob_um,
                [0.5, 1e5],
                "0.5 voxels or more",
            ),
            (
                "maps.pixel_um",
                maps.pixel_um,
                [0.05, 20.0],
                "0.05 to 20 voxels",
            ),
            (
                "maps.displacement_length_um",
                maps.displacement_length_um,
                [1.0, 1e6],
                "1 voxel or more",
            ),
        ] {
            let length_vox = length_um / self.voxel_um;
            check((low..=high).contains(&length_vox), || {
                let expected = format!("{expected} (the value is shown in voxels)");
                out_of_range(setting, length_vox, &expected)
            })?;
        }
        Ok(())
    }

    /// Smallest and largest of the same, and shares of one whole.
    fn check_pairs(&self) -> Result<(), OutOfRange> {
        let (particles, texture, maps) = (&self.particles, &self.texture, &self.maps);
        let [fewest, most] = particles.faces;
        check(fewest <= most, || {
            let expected = "the fewest first, the most second, up to 40";
            out_of_range("particles.faces", most as f64, expected)
        })?;
        for (setting, low, high, expected) in [
            (
                "particles.diameter_max_um",
                particles.diameter_min_um,
                particles.diameter_max_um,
                "no less than diameter_min_um",
            ),
            (
                "maps.tilt_max_deg",
                maps.tilt_min_deg,
                maps.tilt_max_deg,
                "no less than tilt_min_deg, at most 90",
            ),
            (
                "texture.speck_radius_um",
                texture.speck_radius_um[0],
                texture.speck_radius_um[1],
                "the smallest first, both 0 or more",
            ),
            (
                "texture.pore_radius_um",
                texture.pore_radius_um[0],
                texture.pore_radius_um[1],
                "the smallest first, both 0 or more",
            ),
        ] {
            check(low <= high, || out_of_range(setting, high, expected))?;
        }
        let together = texture.liberated + texture.barren;
        check(together <= 1.0, || {
            out_of_range("texture.liberated + texture.barren", together, "0 to 1")
        })
    }

    fn check_minerals(&self) -> Result<(), OutOfRange> {
        let count = self.minerals.len();
        check((1..=254).contains(&count), || {
            out_of_range("minerals", count as f64, "1 to 254")
        })?;
        let is_host = |look: &&MineralLook| look.habit == Habit::Host;
        let hosts = self.minerals.iter().filter(is_host).count();
        check(hosts == 1, || {
            out_of_range("minerals of habit host", hosts as f64, "exactly 1")
        })?;
        for shares in &self.texture.compositions {
            check(shares.len() == count, || {
                let expected = format!("{count} shares, as many as minerals");
                out_of_range("texture.compositions", shares.len() as f64, &expected)
            })?;
            let outside = shares.iter().find(|share| !(0.0..=1.0).contains(*share));
            check(outside.is_none(), || {
                let found = outside.copied().unwrap_or(f64::NAN);
                out_of_range("texture.compositions", found, "shares of 0 to 1")
            })?;
        }
        for look in &self.minerals {
            let of_mineral = |setting: &str| format!("minerals.{}.{setting}", look.name);
            look.check_ranges().map_err(|wrong| OutOfRange {
                name: of_mineral(&wrong.name),
                ..wrong
            })?;
            if let Some(scale_um) = look.scale_um {
                let scale_vox = scale_um / self.voxel_um;
                check((0.5..=1e5).contains(&scale_vox), || {
                    let expected = "0.5 voxels or more (the value is shown in voxels)";
                    out_of_range(&of_mineral("scale_um"), scale_vox, expected)
                })?;
            }
            let most = look.habit.share_max();
            check(look.share <= most, || {
                out_of_range(&of_mineral("share"), look.share, &format!("0 to {most}"))
            })?;
        }
        Ok(())
    }
}

fn check(holds: bool, otherwise: impl FnOnce() -> OutOfRange) -> Result<(), OutOfRange> {
    if holds { Ok(()) } else { Err(otherwise()) }
}

fn out_of_range(setting: &str, found: f64, expected: &str) -> OutOfRange {
    OutOfRange {
        name: setting.to_owned(),
        found: found.to_string(),
        range: expected.to_owned(),
    }
}
