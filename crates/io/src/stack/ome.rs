//! OME-XML in the description of an OME-TIFF. The OME data model, version 2016-06.

use roxmltree::{Document, Node};

use super::description::{Axis, Description};
use crate::length_unit::{is_uncalibrated, um_per_unit};
use crate::text::{printable, shown};
use crate::{SaidSpacing, SpacingSource};

/// Planes of which metadata may speak: no instrument writes more into one file.
const PLANES_MAX: usize = 1 << 18;

pub(super) fn is_ome(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    (text.starts_with("<?xml") || text.starts_with("<OME") || text.starts_with("<!--"))
        && (text.contains("<OME") || text.contains(":OME "))
}

fn child<'a>(node: Node<'a, 'a>, name: &str) -> Option<Node<'a, 'a>> {
    children(node, name).next()
}

fn children<'a>(node: Node<'a, 'a>, name: &str) -> impl Iterator<Item = Node<'a, 'a>> {
    node.children()
        .filter(move |n| n.is_element() && n.tag_name().name() == name)
}

fn number(node: Node, name: &str) -> Option<usize> {
    node.attribute(name)?.trim().parse().ok()
}

/// A physical size in micrometres, which is the default unit of the schema; and a sentence where it is
/// not understood.
fn length_um(pixels: Node, axis: char) -> (Option<f64>, Option<String>) {
    let Some(text) = pixels.attribute(format!("PhysicalSize{axis}").as_str()) else {
        return (None, None);
    };
    let unit = pixels.attribute(format!("PhysicalSize{axis}Unit").as_str());
    // Some programs write numbers as their user does.
    let size: Option<f64> = text.trim().replace(',', ".").parse().ok();
    let um = unit.map_or(Some(1.0), um_per_unit);
    match (size, um, unit) {
        (Some(size), Some(um), _) => (Some(size * um), None),
        (_, _, Some(unit)) if is_uncalibrated(unit) => (None, None),
        _ => (
            None,
            Some(format!(
                "the size `{} {}` along {axis} in the OME metadata is not understood, and was not \
                 taken (units that are known: nm, um, micron, mm, cm, m, inch)",
                shown(text),
                shown(unit.unwrap_or_default())
            )),
        ),
    }
}

/// Arrangement and spacing of the one image of a file.
///
/// # Errors
/// In words, when the file holds several images or the metadata contradict themselves.
pub(super) fn parse(text: &str) -> Result<Description, String> {
    let text = text.trim_start_matches('\u{feff}').trim();
    let document = Document::parse(text)
        .map_err(|e| format!("the XML is not well formed ({})", printable(&e.to_string())))?;
    let root = document.root_element();
    let images: Vec<Node> = children(root, "Image").collect();
    let image = match images[..] {
        // Only a pointer to the metadata in another file.
        [] => return Ok(Description::default()),
        [image] => image,
        _ => {
            let names: Vec<String> = images
                .iter()
                .enumerate()
                .map(|(i, image)| {
                    shown(image.attribute("Name").unwrap_or("?")) + &format!(" ({})", i + 1)
                })
                .collect();
            return Err(format!(
                "the file holds {} images, expected one a file: {}",
                images.len(),
                names[..names.len().min(8)].join(", ")
            ));
        }
    };
    let pixels = child(image, "Pixels").ok_or("it describes no pixels")?;
    let size = |name: &str| number(pixels, name).unwrap_or(1).max(1);
    let channels: Vec<Node> = children(pixels, "Channel").collect();
    let samples = channels
        .first()
        .and_then(|c| number(*c, "SamplesPerPixel"))
        .unwrap_or(1)
        .max(1);
    let lengths = [
        size("SizeZ"),
        (size("SizeC") / samples).max(1),
        size("SizeT"),
    ];
    let order = pixels.attribute("DimensionOrder").unwrap_or("XYCZT");
    let mut axes = Vec::new();
    for letter in order.chars().skip(2) {
        match letter {
            'Z' => axes.push((Axis::Slice, lengths[0])),
            'C' => axes.push((Axis::Channel, lengths[1])),
            'T' => axes.push((Axis::Frame, lengths[2])),
            other => {
                return Err(format!(
                    "the order of dimensions `{}` has an axis {}",
                    shown(order),
                    shown(&other.to_string())
                ));
            }
        }
    }
    if axes.len() != 3 {
        return Err(format!("the order of dimensions is `{}`", shown(order)));
    }
    let own = root.attribute("UUID");
    let (mut pages, mut elsewhere) = (Vec::new(), None);
    for data in children(pixels, "TiffData") {
        if let Some(uuid) = child(data, "UUID")
            && let (Some(own), Some(id)) = (own, uuid.text())
            && own.trim() != id.trim()
        {
            let name = uuid
                .attribute("FileName")
                .unwrap_or("which it does not name");
            elsewhere.get_or_insert(shown(name));
            continue;
        }
        let count = number(data, "PlaneCount").or(number(data, "IFD").map(|_| 1));
        let Some(count) = count else { continue };
        let first = number(data, "IFD").unwrap_or(0);
        let mut at = [
            number(data, "FirstZ").unwrap_or(0),
            number(data, "FirstC").unwrap_or(0),
            number(data, "FirstT").unwrap_or(0),
        ];
        let planes = lengths
            .iter()
            .fold(1, |product: usize, n| product.saturating_mul(*n));
        if pages.len().saturating_add(count.min(planes)) > PLANES_MAX {
            return Err(format!("it speaks of more than {PLANES_MAX} planes"));
        }
        for i in 0..count.min(planes) {
            pages.push((at, first.saturating_add(i)));
            for (axis, n) in &axes {
                let place = match axis {
                    Axis::Slice => 0,
                    Axis::Channel => 1,
                    Axis::Frame | Axis::Unknown => 2,
                };
                at[place] += 1;
                if at[place] < *n {
                    break;
                }
                at[place] = 0;
            }
        }
    }
    let lengths_um = ['X', 'Y', 'Z'].map(|axis| length_um(pixels, axis));
    let notes = lengths_um.iter().filter_map(|(_, note)| note.clone());
    Ok(Description {
        axes,
        notes: notes.collect(),
        channels: channels
            .iter()
            .enumerate()
            .map(|(i, c)| {
                let name = c.attribute("Name").or(c.attribute("ID"));
                name.map_or_else(|| format!("{}", i + 1), shown)
            })
            .collect(),
        pages,
        elsewhere,
        spacing: SaidSpacing::new(lengths_um.each_ref().map(|(um, _)| *um), SpacingSource::Ome),
        ..Description::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_order_and_units_are_read() {
        let read = parse(
            r#"<?xml version="1.0"?><OME xmlns="x"><Image><Pixels DimensionOrder="XYZCT" SizeX="5"
            SizeY="4" SizeZ="20" SizeC="2" SizeT="1" PhysicalSizeX="2296" PhysicalSizeXUnit="nm"
            PhysicalSizeY="2.296" PhysicalSizeZ="0.004592" PhysicalSizeZUnit="mm">
            <Channel Name="CT"/><Channel Name="mask"/></Pixels></Image></OME>"#,
        )
        .unwrap();
        assert_eq!(
            read.axes,
            [(Axis::Slice, 20), (Axis::Channel, 2), (Axis::Frame, 1)]
        );
        assert_eq!(read.channels, ["CT", "mask"]);
        let [x, y, z] = read.spacing.unwrap().xyz_um.map(Option::unwrap);
        assert!((x - 2.296).abs() < 1e-9 && (y - 2.296).abs() < 1e-9 && (z - 4.592).abs() < 1e-9);
    }

    #[test]
    fn sizes_that_are_not_understood_are_told_and_names_may_have_a_prefix() {
        let of = |sizes: &str| {
            let text = format!(
                r#"<?xml version="1.0"?><o:OME xmlns:o="x"><o:Image><o:Pixels SizeZ="3" {sizes}/>
                </o:Image></o:OME>"#
            );
            assert!(is_ome(&text));
            parse(&text).unwrap()
        };
        let read = of(r#"PhysicalSizeX="2,5" PhysicalSizeY="3" PhysicalSizeYUnit="pt""#);
        assert!(read.axes.contains(&(Axis::Slice, 3)), "{:?}", read.axes);
        assert_eq!(read.spacing.unwrap().xyz_um, [Some(2.5), None, None]);
        assert!(read.notes[0].contains("`3 pt` along Y"), "{:?}", read.notes);
        let read = of(r#"PhysicalSizeX="1" PhysicalSizeXUnit="pixel""#);
        assert_eq!((read.spacing, read.notes), (None, Vec::new()));
    }

    #[test]
    fn planes_stand_where_the_table_says() {
        let read = parse(
            r#"<OME><Image><Pixels DimensionOrder="XYCZT" SizeZ="2" SizeC="2" SizeT="1">
            <TiffData IFD="2" FirstZ="1" FirstC="0" FirstT="0" PlaneCount="2"/>
            </Pixels></Image></OME>"#,
        )
        .unwrap();
        assert_eq!(read.pages, [([1, 0, 0], 2), ([1, 1, 0], 3)]);
    }

    #[test]
    fn several_images_are_named() {
        let error = parse(r#"<OME><Image Name="a"/><Image Name="b"/></OME>"#).unwrap_err();
        assert!(error.contains("a (1), b (2)"), "{error}");
    }
}
