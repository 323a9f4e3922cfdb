//! Where each mineral map lies in the CT volume.

use std::path::{Path, PathBuf};

use corelith_core::{CtFromMap, Raster};
use corelith_io::{Role, SemMap};
use corelith_registration::{MapInput, PreparedCt, Registration, Status, Whereabouts};
use serde::{Deserialize, Serialize};

use super::{Fingerprint, Stage, bring_up_to_date, import};
use crate::failure::CheckFailed;
use crate::session::Session;

/// Places one map.
pub struct Register<'a> {
    /// The map.
    pub map: &'a SemMap,
}

/// `registration/MAP.json`, relative to the results.
pub fn placement_path(map: &str) -> PathBuf {
    Path::new("registration").join(format!("{map}.json"))
}

/// `registration/MAP_coords.tif`, relative to the results.
pub fn coordinates_path(map: &str) -> PathBuf {
    Path::new("registration").join(format!("{map}_coords.tif"))
}

/// `registration/MAP_overlay.png`, relative to the results.
pub fn overlay_path(map: &str) -> PathBuf {
    Path::new("registration").join(format!("{map}_overlay.png"))
}

/// Name of the stage for a map.
pub fn stage_name(map: &str) -> String {
    format!("register {map}")
}

/// Places every map, or only the one named. Goes on past maps that are not found, so that one
/// run tells about all of them.
///
/// # Errors
/// [`CheckFailed`] when a map was not found; whatever else goes wrong at once.
pub fn all(session: &Session, only: Option<&str>) -> anyhow::Result<()> {
    let (mut lost, mut looked_at) = (Vec::new(), 0usize);
    let maps = &session.project.sem.maps;
    if let Some(name) = only
        && !maps.iter().any(|map| map.name() == name)
    {
        let names: Vec<String> = maps.iter().map(SemMap::name).collect();
        anyhow::bail!("no map is named `{name}`; there are {}", names.join(", "));
    }
    for map in maps {
        if only.is_none_or(|name| map.name() == name) {
            bring_up_to_date(session, &Register { map })?;
            looked_at += 1;
            let placement = read_placement(session, &map.name())?;
            if placement.status == Status::NotFound {
                lost.push(format!("{}: {}", map.name(), placement.reason));
            }
        }
    }
    if lost.is_empty() {
        return Ok(());
    }
    Err(CheckFailed(format!(
        "{} of {looked_at} maps not found in the CT volume\n{}\nhelp: look at \
         registration/*_overlay.png for the best pose of each (with a region, the best in it); check \
         pixel_size_um and voxel_size_um, raise registration.tilt_max_deg, give the map a `start` or \
         a `region_vox` or correct those it has, or take it out of the project file",
        lost.len(),
        lost.join("\n")
    ))
    .into())
}

/// The placement of a map, as the file has it.
pub fn read_placement(session: &Session, map: &str) -> anyhow::Result<Registration> {
    Ok(corelith_io::read_json(
        &session.result(placement_path(map)),
    )?)
}

/// CT coordinates of every pixel of a map.
pub fn read_coordinates(session: &Session, map: &str) -> anyhow::Result<[Raster<f32>; 3]> {
    Ok(corelith_io::read_map_coordinates(
        &session.result(coordinates_path(map)),
    )?)
}

/// What a start file must hold; a `MAP.json` of an earlier registration does.
#[derive(Serialize, Deserialize)]
struct Start {
    ct_from_map: CtFromMap,
}

impl Stage for Register<'_> {
    fn name(&self) -> String {
        stage_name(&self.map.name())
    }

    fn fingerprint(&self, session: &Session) -> anyhow::Result<Fingerprint> {
        let mut fingerprint = Fingerprint::new("register", 3)
            .settings(&session.project.registration)?
            .settings(&(session.seed, session.compute.gpu().is_some()))?
            .after(&session.out, "import")?;
        if let Some(start) = &self.map.start {
            fingerprint = fingerprint.checksum(&corelith_io::record_file(start)?.sha256);
        }
        if let Some(region) = &self.map.region_vox {
            fingerprint = fingerprint.settings(region)?;
        }
        Ok(fingerprint)
    }

    fn run(&self, session: &Session) -> anyhow::Result<Vec<PathBuf>> {
        let name = self.map.name();
        let ct = session.ct()?;
        let classes = import::read_classes(session, self.map)?;
        let bse = import::read_bse(session, self.map)?;
        let whereabouts = match &self.map.start {
            Some(path) => {
                let start: Start = corelith_io::read_json(path)?;
                Some(Whereabouts::Start(start.ct_from_map))
            }
            None => self.map.region_vox.map(Whereabouts::Region),
        };
        let pixel_size_um = session.project.sem.pixel_size_um_of(self.map);
        let input = MapInput {
            name: &name,
            classes: &classes,
            minerals: &session.minerals,
            bse: bse.as_ref(),
            pixel_size_um,
            whereabouts,
        };
        let placement = corelith_registration::register(
            &PreparedCt::new(&ct, &session.compute)?,
            &input,
            &session.project.registration,
            corelith_core::seed_of(session.seed, &self.name()),
            &session.terminal,
        )?;
        session.say(&describe(&placement));

        let coordinates = placement.coords(classes.rows(), classes.cols());
        let (rows, cols, rgb) =
            corelith_registration::overlay(&ct, &coordinates, &classes, &session.minerals)?;
        let (pixels, _) = rgb.as_chunks::<3>();
        let overlay = Raster::new(pixels.to_vec(), rows, cols)?;
        let paths = [
            coordinates_path(&name),
            overlay_path(&name),
            placement_path(&name),
        ];
        let [x, y, z] = &coordinates;
        corelith_io::write_map_coordinates(&session.result(&paths[0]), [x, y, z], pixel_size_um)?;
        corelith_io::write_png(&session.result(&paths[1]), &overlay)?;
        corelith_io::write_json(&session.result(&paths[2]), &placement)?;
        Ok(paths.into())
    }
}

fn describe(placement: &Registration) -> String {
    match placement.status {
        Status::Found => format!(
            "  found: tilt {:.1} deg{}, score {:.3}, margin {:.3}, uncertain by {:.2} voxels",
            placement.tilt_deg,
            if placement.mirrored { ", mirrored" } else { "" },
            placement.score,
            placement.margin,
            placement.uncertainty_vox
        ),
        Status::NotFound => format!("  not found: {}", placement.reason),
    }
}

/// Names of the maps with a role.
pub fn names_of(session: &Session, role: Role) -> Vec<String> {
    session.project.maps_of(role).map(SemMap::name).collect()
}
