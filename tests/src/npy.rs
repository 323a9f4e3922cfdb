use crate::Result;

/// A little-endian float32 array of a NumPy file.
#[derive(Debug, Clone, PartialEq)]
pub struct NpyArray {
    /// Length of each axis, slowest first.
    pub shape: Vec<usize>,
    /// Values, last axis fastest.
    pub values: Vec<f32>,
}

/// Parses the NPY format, versions 1 to 3 (NumPy Enhancement Proposal 1), for `<f4` in C order.
///
/// # Errors
/// When the bytes are of another format, type or order, or fewer than the shape needs.
pub fn parse_npy(bytes: &[u8]) -> Result<NpyArray> {
    if bytes.len() < 12 || &bytes[..6] != b"\x93NUMPY" {
        return Err("not a NumPy file".into());
    }
    let (start, length) = if bytes[6] == 1 {
        (10, usize::from(u16::from_le_bytes([bytes[8], bytes[9]])))
    } else {
        let length = u32::from_le_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]);
        (12, length as usize)
    };
    let header = bytes
        .get(start..start + length)
        .ok_or("the NumPy header is cut off")?;
    let header = std::str::from_utf8(header)?;
    if !header.contains("'<f4'") || !header.contains("'fortran_order': False") {
        return Err(format!("expected <f4 in C order, found {header}").into());
    }
    let shape = header
        .split_once("'shape': (")
        .and_then(|(_, rest)| rest.split_once(')'))
        .ok_or("the NumPy header has no shape")?
        .0;
    let shape = shape
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(str::parse)
        .collect::<std::result::Result<Vec<usize>, _>>()?;
    let body = &bytes[start + length..];
    let expected = 4 * shape.iter().product::<usize>();
    if body.len() != expected {
        return Err(format!("expected {expected} bytes of values, found {}", body.len()).into());
    }
    let values = body
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect();
    Ok(NpyArray { shape, values })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str, values: &[f32]) -> Vec<u8> {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(values.iter().flat_map(|v| v.to_le_bytes()));
        bytes
    }

    #[test]
    fn reads_shape_and_values_and_refuses_the_rest() {
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }\n";
        let array = parse_npy(&file(header, &[1.5, -2.0])).unwrap();
        assert_eq!((array.shape, array.values), (vec![2, 1], vec![1.5, -2.0]));
        assert!(parse_npy(&file(header, &[1.5])).is_err());
        assert!(parse_npy(&file(&header.replace("<f4", "<f8"), &[1.5, -2.0])).is_err());
        assert!(parse_npy(b"PK").is_err());
    }
}
