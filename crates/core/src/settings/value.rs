/// What a setting with a range may be of.
pub trait SettingValue {
    /// Its numbers: one, or one an axis.
    fn values(&self) -> Vec<f64>;

    /// It as the user writes it.
    fn text(&self) -> String;
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl SettingValue for $number {
            fn values(&self) -> Vec<f64> {
                vec![*self as f64]
            }

            fn text(&self) -> String {
                self.to_string()
            }
        }
    )*};
}
numbers!(f64, usize, u64, u32);

impl SettingValue for f32 {
    /// By way of its shortest decimal: the 0.6 of a project file, as `f32`, is more than 0.6.
    fn values(&self) -> Vec<f64> {
        vec![self.to_string().parse().unwrap_or(f64::NAN)]
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

impl<T: SettingValue, const N: usize> SettingValue for [T; N] {
    fn values(&self) -> Vec<f64> {
        self.iter().flat_map(T::values).collect()
    }

    fn text(&self) -> String {
        let each: Vec<String> = self.iter().map(T::text).collect();
        format!("[{}]", each.join(", "))
    }
}

/// A setting that need not be given: its range counts where it is.
impl<T: SettingValue> SettingValue for Option<T> {
    fn values(&self) -> Vec<f64> {
        self.iter().flat_map(T::values).collect()
    }

    fn text(&self) -> String {
        self.as_ref().map_or_else(String::new, T::text)
    }
}

#[cfg(test)]
mod tests {
    use super::SettingValue as _;
    use crate::SettingRange;

    #[test]
    fn every_axis_of_a_setting_counts() {
        assert_eq!([4usize, 0, 3].values(), [4.0, 0.0, 3.0]);
        assert_eq!([4usize, 0, 3].text(), "[4, 0, 3]");
    }

    #[test]
    fn a_single_precision_number_is_the_one_that_was_written() {
        assert!(SettingRange::between(0.0, 0.6).holds(0.6_f32.values()[0]));
        assert_eq!(0.95_f32.text(), "0.95");
        assert!(f32::NAN.values()[0].is_nan());
    }
}
