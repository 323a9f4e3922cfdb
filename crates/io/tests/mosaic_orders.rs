//! Frames lie as their pixels say, or are refused: whatever their names count from, what is missing,
//! and however small they are.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

#[allow(dead_code, reason = "it also cuts sections for other tests")]
mod frames;
mod named;

use std::fs;

use corelith_core::Raster;
use corelith_io::{Corner, FrameOrder, MosaicSettings, Section, write_mineral_map};

use frames::{cut, frames, list, random, read, section};

/// Small frames that share a tenth of their sides or more, and larger ones that share a twentieth.
const GRIDS: [Cut; 4] = [
    Cut {
        frame: [100, 96],
        shared: 30,
        grid: [4, 4],
    },
    Cut {
        frame: [100, 96],
        shared: 15,
        grid: [4, 4],
    },
    Cut {
        frame: [200, 150],
        shared: 10,
        grid: [3, 3],
    },
    Cut {
        frame: [100, 96],
        shared: 30,
        grid: [3, 2],
    },
];

/// How a section is cut: columns and rows of a frame, pixels shared, columns and rows of frames.
#[derive(Clone, Copy)]
struct Cut {
    frame: [usize; 2],
    shared: usize,
    grid: [usize; 2],
}

impl Cut {
    /// Writes the frames that have a name by their column and row, and reads them.
    fn read(
        self,
        mosaic: MosaicSettings,
        name: impl Fn(usize, usize) -> Option<String>,
    ) -> Result<Section, String> {
        let folder = tempfile::tempdir().unwrap();
        let section = section();
        let of_frames = folder.path().join("frames");
        fs::create_dir_all(&of_frames).unwrap();
        for row in 0..self.grid[1] {
            for col in 0..self.grid[0] {
                let Some(name) = name(col, row) else {
                    continue;
                };
                let frame = cut(&section, self.corner(col, row), self.frame);
                write_mineral_map(&of_frames.join(name), &frame, &list().minerals).unwrap();
            }
        }
        read(folder.path(), frames(Some(mosaic)))
    }

    /// Where a frame was cut, a stage that is 2 pixels off or less.
    fn corner(self, col: usize, row: usize) -> [usize; 2] {
        let off = |k: usize| (3.0 * random((40 * row + 4 * col + k) as u64)) as usize;
        let step = self.frame.map(|n| n - self.shared);
        [2 + col * step[0] + off(0), 2 + row * step[1] + off(1)]
    }

    fn last(self) -> [usize; 2] {
        self.grid.map(|n| n - 1)
    }
}

fn by_name(col: usize, row: usize) -> Option<String> {
    Some(format!("r{row}_c{col}.png"))
}

/// Every pixel of a mosaic is that of the section at one offset.
fn is_as_cut(read: &Section) -> bool {
    let section = section();
    let classes = &read.map.classes;
    (0..9).any(|dy| {
        (0..9).any(|dx| {
            (0..classes.rows()).all(|row| {
                (0..classes.cols()).all(|col| {
                    let class = classes.at(col, row);
                    class == corelith_core::UNMEASURED || class == section.at(dx + col, dy + row)
                })
            })
        })
    })
}

#[test]
fn frames_of_every_size_are_put_together_as_they_were_cut() {
    for grid in GRIDS {
        let whole = grid.read(MosaicSettings::default(), by_name).unwrap();
        assert!(is_as_cut(&whole), "{:?} by {}", grid.frame, grid.shared);
    }
}

#[test]
fn names_that_count_from_elsewhere_are_refused_with_the_corner_that_fits() {
    for grid in &GRIDS[1..] {
        let [last_col, last_row] = grid.last();
        for (corner, flip) in [
            ("bottom_left", [false, true]),
            ("top_right", [true, false]),
            ("bottom_right", [true, true]),
        ] {
            let name = |col: usize, row: usize| {
                by_name(
                    if flip[0] { last_col - col } else { col },
                    if flip[1] { last_row - row } else { row },
                )
            };
            let error = grid.read(MosaicSettings::default(), name).unwrap_err();
            assert!(error.contains(&format!("from = \"{corner}\"")), "{error}");
        }
        let from_below = MosaicSettings {
            from: Corner::BottomLeft,
            ..MosaicSettings::default()
        };
        let name = |col: usize, row: usize| by_name(col, last_row - row);
        assert!(is_as_cut(&grid.read(from_below, name).unwrap()));
    }
}

#[test]
fn frames_in_other_orders_than_their_names_say_are_refused() {
    for grid in &GRIDS[1..] {
        let [columns, _] = grid.grid;
        let running = |order| MosaicSettings {
            columns: Some(columns),
            order,
            ..MosaicSettings::default()
        };
        let snake = |col: usize, row: usize| {
            let along = if row % 2 == 1 { columns - 1 - col } else { col };
            Some(format!("f{:02}.png", row * columns + along))
        };
        let error = grid.read(running(FrameOrder::RowByRow), snake).unwrap_err();
        assert!(error.contains("order = \"snake\""), "{error}");
        let whole = grid.read(running(FrameOrder::Snake), snake).unwrap();
        assert!(is_as_cut(&whole));
        // The first frame is missing, so that all numbers are counted one place off.
        let lost = |col: usize, row: usize| {
            let number = row * columns + col;
            (number > 0).then(|| format!("f{number:02}.png"))
        };
        grid.read(running(FrameOrder::RowByRow), lost).unwrap_err();
        // Two frames of one row exchanged.
        let swapped = |col: usize, row: usize| match (col, row) {
            (0, 1) => by_name(1, 1),
            (1, 1) => by_name(0, 1),
            _ => by_name(col, row),
        };
        grid.read(MosaicSettings::default(), swapped).unwrap_err();
        grid.read(MosaicSettings::default(), |col, row| by_name(row, col))
            .unwrap_err();
    }
}

#[test]
fn a_missing_row_leaves_its_gap_or_is_refused() {
    let grid = GRIDS[0];
    let without = |gone: usize| {
        move |col: usize, row: usize| (row != gone).then(|| by_name(col, row)).flatten()
    };
    // Of four rows two still lie beside each other.
    let holed = grid.read(MosaicSettings::default(), without(1)).unwrap();
    assert!(
        holed
            .map
            .notes
            .iter()
            .any(|n| n.contains("no overlap ties 4 frames")),
        "{:?}",
        holed.map.notes
    );
    let rows = holed.map.classes.rows() as i64;
    let whole = (4 * 96 - 3 * 30) as i64;
    assert!((rows - whole).abs() <= 6, "{rows} of {whole}");
    // Of three none do.
    let three = Cut {
        grid: [4, 3],
        ..grid
    };
    let error = three
        .read(MosaicSettings::default(), without(1))
        .unwrap_err();
    assert!(
        error.contains("1 rows are missing between `r0_c0.png` and `r2_c0.png`"),
        "{error}"
    );
}

#[test]
fn frames_that_adjoin_have_to_go_on_at_their_edges() {
    let grid = Cut {
        frame: [100, 96],
        shared: 0,
        grid: [4, 4],
    };
    let adjoining = |from| MosaicSettings {
        overlap_px: Some([0, 0]),
        from,
        ..MosaicSettings::default()
    };
    let section = section();
    let read = |from, name: &dyn Fn(usize, usize) -> String| {
        let folder = tempfile::tempdir().unwrap();
        let of_frames = folder.path().join("frames");
        fs::create_dir_all(&of_frames).unwrap();
        for i in 0..16 {
            let (col, row) = (i % 4, i / 4);
            let frame = cut(&section, [100 * col, 96 * row], grid.frame);
            write_mineral_map(&of_frames.join(name(col, row)), &frame, &list().minerals).unwrap();
        }
        read(folder.path(), frames(Some(adjoining(from))))
    };
    let name = |col: usize, row: usize| format!("r{row}_c{col}.png");
    let whole = read(Corner::TopLeft, &name).unwrap();
    let expected: Raster<u8> = cut(&section, [0, 0], [400, 384]);
    assert_eq!(whole.map.classes, expected);
    let from_below = |col: usize, row: usize| format!("r{}_c{col}.png", 3 - row);
    let error = read(Corner::TopLeft, &from_below).unwrap_err();
    assert!(error.contains("from = \"bottom_left\""), "{error}");
    assert!(read(Corner::BottomLeft, &from_below).is_ok());
}

#[test]
fn a_table_decides_where_overlaps_hold_too_little() {
    // Two frames that share 2 to 4 pixels, which tell no place.
    let grid = Cut {
        frame: [100, 96],
        shared: 4,
        grid: [2, 1],
    };
    let error = grid.read(MosaicSettings::default(), by_name).unwrap_err();
    assert!(error.contains("table of positions"), "{error}");
    let folder = tempfile::tempdir().unwrap();
    let of_frames = folder.path().join("frames");
    fs::create_dir_all(&of_frames).unwrap();
    let section = section();
    let mut table = "file,x_px,y_px\n".to_owned();
    for col in 0..2 {
        let [x, y] = grid.corner(col, 0);
        let frame = cut(&section, [x, y], grid.frame);
        let name = by_name(col, 0).unwrap();
        write_mineral_map(&of_frames.join(&name), &frame, &list().minerals).unwrap();
        table += &format!("{name},{x},{y}\n");
    }
    fs::write(folder.path().join("stage.csv"), table).unwrap();
    let said = MosaicSettings {
        positions: Some("stage.csv".into()),
        ..MosaicSettings::default()
    };
    let placed = read(folder.path(), frames(Some(said))).unwrap();
    assert!(is_as_cut(&placed), "{:?}", placed.map.notes);
}
