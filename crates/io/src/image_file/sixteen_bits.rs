/// Colour channels of 16 bits as bytes, with a note where the scale had to be found.
///
/// Full intensity is 65535, so that a byte `v` stands as `257 v`. Some programs shift it to
/// `256 v`, others leave it as `v`.
pub(crate) fn bytes_of_16_bits(values: &[u16]) -> (Vec<u8>, Option<String>) {
    let largest = values.iter().copied().max().unwrap_or(0);
    if largest <= 255 {
        let note = (largest > 0).then(|| {
            "channels of 16 bits with values up to 255 only: they are taken as bytes".to_owned()
        });
        return (values.iter().map(|v| *v as u8).collect(), note);
    }
    if values.iter().all(|v| v % 256 == 0) {
        return (values.iter().map(|v| (v >> 8) as u8).collect(), None);
    }
    let byte = |v: &u16| ((u32::from(*v) + 128) / 257) as u8;
    (values.iter().map(byte).collect(), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_from_every_way_of_widening_them() {
        let bytes: Vec<u8> = (0..=255).collect();
        for factor in [1, 256, 257] {
            let wide: Vec<u16> = bytes.iter().map(|b| u16::from(*b) * factor).collect();
            assert_eq!(bytes_of_16_bits(&wide).0, bytes, "{factor}");
        }
    }
}
