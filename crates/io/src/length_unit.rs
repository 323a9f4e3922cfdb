//! Names of units of length, as programs write them.

/// Micrometres in a unit; `None` when the name is no known unit of length.
///
/// Names of ImageJ, Bio-Formats and OME (the OME schema's `UnitsLength`), NRRD and NIfTI, in any
/// case; ImageJ escapes the micro sign as `\u00B5`.
pub(crate) fn um_per_unit(name: &str) -> Option<f64> {
    let name = name
        .trim()
        .trim_matches('"')
        .to_lowercase()
        .replace("\\u00b5", "\u{b5}")
        .replace("\\u03bc", "\u{b5}")
        .replace('\u{3bc}', "\u{b5}")
        // UTF-8 that was taken for Latin-1 on its way.
        .replace("\u{e2}\u{b5}", "\u{b5}");
    Some(match name.as_str() {
        "\u{b5}m"
        | "um"
        | "\u{b5}"
        | "micron"
        | "microns"
        | "micrometer"
        | "micrometers"
        | "micrometre"
        | "micrometres"
        | "mikrometer"
        | "micra"
        | "mkm"
        | "\u{43c}\u{43a}\u{43c}" => 1.0,
        "pm" | "picometer" | "picometers" | "picometre" | "picometres" => 1e-6,
        "\u{e5}" | "a\u{30a}" | "angstrom" | "angstroms" | "\u{e5}ngstr\u{f6}m" => 1e-4,
        "nm" | "nanometer" | "nanometers" | "nanometre" | "nanometres" => 1e-3,
        "mm" | "millimeter" | "millimeters" | "millimetre" | "millimetres" => 1e3,
        "cm" | "centimeter" | "centimeters" | "centimetre" | "centimetres" => 1e4,
        "m" | "meter" | "meters" | "metre" | "metres" => 1e6,
        "in" | "inch" | "inches" | "\"" => 25_400.0,
        "mil" | "thou" => 25.4,
        _ => return None,
    })
}

/// Names that say that there is no length: a volume without calibration.
pub(crate) fn is_uncalibrated(name: &str) -> bool {
    matches!(
        name.trim().to_lowercase().as_str(),
        "" | "pixel"
            | "pixels"
            | "px"
            | "voxel"
            | "voxels"
            | "none"
            | "null"
            | "unknown"
            | "reference frame"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_known_by_all_their_names() {
        for name in [
            "um",
            "\u{b5}m",
            "\u{3bc}m",
            "\\u00B5m",
            "Micron",
            "microns",
            "micrometers",
            " UM ",
            "\u{c2}\u{b5}m",
        ] {
            assert_eq!(um_per_unit(name), Some(1.0), "{name}");
        }
        assert_eq!(um_per_unit("millimeter"), Some(1e3));
        assert_eq!(um_per_unit("\u{c5}"), Some(1e-4));
        assert_eq!(um_per_unit("parsec"), None);
        assert!(is_uncalibrated("Pixel") && !is_uncalibrated("parsec"));
    }
}
