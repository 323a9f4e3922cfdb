//! CT slices and mineral maps into the results folder.

use std::path::{Path, PathBuf};

use corelith_core::{Raster, Spacing, Volume};
use corelith_io::{Compression, SemMap, StackLayout, StackWriter};
use serde::{Deserialize, Serialize};

use super::{Fingerprint, Stage};
use crate::session::Session;

/// The CT volume.
pub const CT: &str = "import/ct.tif";

/// Checksums of all inputs, for the provenance.
pub const INPUTS: &str = "import/inputs.json";

/// Reads everything that the user gave.
pub struct Import;

/// One input file and its checksum.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InputFile {
    /// Path relative to the project file where it lies beside it.
    pub path: PathBuf,
    /// Size.
    pub bytes: u64,
    /// Checksum.
    pub sha256: String,
}

/// Class labels of a map, relative to the results.
pub fn classes_path(map: &str) -> PathBuf {
    Path::new("import").join(format!("{map}.tif"))
}

/// BSE image of a map, relative to the results.
pub fn bse_path(map: &str) -> PathBuf {
    Path::new("import").join(format!("{map}_bse.tif"))
}

fn input_files(session: &Session) -> anyhow::Result<Vec<PathBuf>> {
    let project = &session.project;
    let stack = corelith_io::TiffStack::open(&project.ct.slices)?;
    let mut files = stack.files().to_vec();
    files.push(project.sem.minerals.clone());
    for map in &project.sem.maps {
        files.push(map.mineral_map.clone());
        files.extend(map.bse.clone());
    }
    Ok(files)
}

impl Import {
    fn inputs(session: &Session) -> anyhow::Result<Vec<InputFile>> {
        let files = input_files(session)?;
        let records = corelith_io::record_files(&files, &session.terminal)?;
        Ok(records
            .into_iter()
            .zip(files)
            .map(|(record, path)| InputFile {
                path: path
                    .strip_prefix(&session.project.folder)
                    .map(Path::to_owned)
                    .unwrap_or(path),
                bytes: record.bytes,
                sha256: record.sha256,
            })
            .collect())
    }
}

impl Stage for Import {
    fn name(&self) -> String {
        "import".to_owned()
    }

    fn fingerprint(&self, session: &Session) -> anyhow::Result<Fingerprint> {
        let mut sem = session.project.sem.clone();
        for map in &mut sem.maps {
            // They tell the registration where to look, not what is imported.
            map.start = None;
            map.region_vox = None;
        }
        let mut fingerprint = Fingerprint::new("import", 2)
            .settings(&session.project.ct.voxel_size_um)?
            .settings(&sem)?;
        for input in Self::inputs(session)? {
            fingerprint = fingerprint.checksum(&input.sha256);
        }
        Ok(fingerprint)
    }

    fn run(&self, session: &Session) -> anyhow::Result<Vec<PathBuf>> {
        let project = &session.project;
        let ct = corelith_io::read_ct_stack(
            &project.ct.slices,
            project.ct.voxel_size_um.0,
            &session.terminal,
        )?;
        let maps = project
            .sem
            .maps
            .iter()
            .map(|map| read_map(session, map))
            .collect::<anyhow::Result<Vec<_>>>()?;

        // Everything was read before anything is written: broken input leaves earlier imports.
        let mut outputs = vec![PathBuf::from(CT), PathBuf::from(INPUTS)];
        write_ct(session, &ct)?;
        for (map, (classes, bse)) in project.sem.maps.iter().zip(&maps) {
            let name = map.name();
            let pixel_um = project.sem.pixel_size_um_of(map);
            let layout = StackLayout::new(
                [1, classes.rows(), classes.cols()],
                Spacing::isotropic(pixel_um),
            );
            let path = classes_path(&name);
            corelith_io::write_slice(&session.result(&path), classes.data(), layout)?;
            outputs.push(path);
            if let Some(bse) = bse {
                let path = bse_path(&name);
                corelith_io::write_slice(&session.result(&path), bse.data(), layout)?;
                outputs.push(path);
            }
        }
        corelith_io::write_json(&session.result(INPUTS), &Self::inputs(session)?)?;
        let [nz, ny, nx] = ct.shape();
        let s = ct.spacing();
        session.keep_ct(ct);
        session.say(&format!(
            "  CT {nx} x {ny} x {nz} voxels of {} x {} x {} um; {} mineral maps",
            s.x_um,
            s.y_um,
            s.z_um,
            maps.len()
        ));
        Ok(outputs)
    }
}

/// Uncompressed: every stage after reads it, and CT noise hardly shrinks.
fn write_ct(session: &Session, ct: &Volume<u16>) -> anyhow::Result<()> {
    let layout = StackLayout {
        compression: Compression::None,
        ..StackLayout::new(ct.shape(), ct.spacing())
    };
    let mut writer = StackWriter::create(&session.result(CT), layout)?;
    for z in 0..ct.shape()[0] {
        writer.write_slice(ct.slice(z))?;
    }
    Ok(writer.finish()?)
}

type MapImages = (Raster<u8>, Option<Raster<f32>>);

fn read_map(session: &Session, map: &SemMap) -> anyhow::Result<MapImages> {
    let sem = &session.project.sem;
    let list = sem.read_minerals()?;
    let read = corelith_io::read_mineral_map(&map.mineral_map, &list, &sem.map_settings(map))?;
    let bse = map
        .bse
        .as_ref()
        .map(|path| corelith_io::read_bse(path, &map.mineral_map, &read, &map.bse_settings()))
        .transpose()?;
    let notes = read.notes.iter().chain(bse.iter().flat_map(|b| &b.notes));
    for note in notes {
        session.say(&format!("  {}: {note}", map.name()));
    }
    Ok((read.classes, bse.map(|bse| bse.grey)))
}

/// Class labels of an imported map.
pub fn read_classes(session: &Session, map: &SemMap) -> anyhow::Result<Raster<u8>> {
    let path = session.result(classes_path(&map.name()));
    Ok(corelith_io::TiffStack::open(&path)?.slice(0)?)
}

/// BSE image of an imported map, if it has one.
pub fn read_bse(session: &Session, map: &SemMap) -> anyhow::Result<Option<Raster<f32>>> {
    if map.bse.is_none() {
        return Ok(None);
    }
    let path = session.result(bse_path(&map.name()));
    Ok(Some(corelith_io::TiffStack::open(&path)?.slice(0)?))
}
