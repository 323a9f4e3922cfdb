/// A duration in words: `0.4 s`, `42 s`, `3 min 20 s`.
pub fn duration_text(seconds: f64) -> String {
    if seconds < 9.95 {
        format!("{seconds:.1} s")
    } else if seconds < 99.5 {
        format!("{seconds:.0} s")
    } else {
        let whole = seconds.round() as u64;
        format!("{} min {:02} s", whole / 60, whole % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::duration_text;

    #[test]
    fn durations_read_well() {
        assert_eq!(duration_text(0.42), "0.4 s");
        assert_eq!(duration_text(42.4), "42 s");
        assert_eq!(duration_text(200.2), "3 min 20 s");
    }
}
