/// The number that an option of a command gives, 0 or more.
///
/// # Errors
/// What is wrong with it, for whoever typed it.
pub fn zero_or_more(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() && number >= 0.0 => Ok(number),
        _ => Err("expected a number, 0 or more".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_is_none() {
        assert_eq!(zero_or_more("0"), Ok(0.0));
        assert_eq!(zero_or_more("2.5"), Ok(2.5));
        for text in ["nan", "inf", "-1", "1e999", "two", ""] {
            assert!(zero_or_more(text).is_err(), "{text}");
        }
    }
}
