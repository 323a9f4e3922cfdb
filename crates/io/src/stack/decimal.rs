//! Whole numbers of any length, as they stand in names.

/// The digits of a number, the lowest first.
fn digits(text: &str) -> impl Iterator<Item = i8> + '_ {
    text.bytes().rev().map(|b| (b - b'0') as i8)
}

fn text_of(mut lowest_first: Vec<i8>) -> String {
    while lowest_first.len() > 1 && lowest_first.last() == Some(&0) {
        lowest_first.pop();
    }
    let digit = |d: &i8| char::from(b'0' + *d as u8);
    lowest_first.iter().rev().map(digit).collect()
}

/// `a - b`, of which `a` is not below `b`; rounded past 2^53.
pub(super) fn difference(a: &str, b: &str) -> f64 {
    let mut b = digits(b);
    let mut borrowed = 0;
    let all = digits(a).map(|digit| {
        let digit = digit - borrowed - b.next().unwrap_or(0);
        borrowed = i8::from(digit < 0);
        digit + 10 * borrowed
    });
    text_of(all.collect()).parse().unwrap_or(f64::NAN)
}

/// `a + more`; `more` is a whole number.
pub(super) fn sum(a: &str, more: f64) -> String {
    let more = format!("{:.0}", more.max(0.0));
    let (mut a, mut b) = (digits(a), digits(&more));
    let (mut all, mut carried) = (Vec::new(), 0);
    loop {
        let (x, y) = (a.next(), b.next());
        if x.is_none() && y.is_none() && carried == 0 {
            return text_of(all);
        }
        let digit = x.unwrap_or(0) + y.unwrap_or(0) + carried;
        carried = digit / 10;
        all.push(digit % 10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_numbers_are_exact() {
        let long = "99999999999999999999999999999998";
        assert_eq!(sum(long, 3.0), "100000000000000000000000000000001");
        assert_eq!(difference("100000000000000000000000000000001", long), 3.0);
        assert_eq!(difference("0010", "9"), 1.0);
        assert_eq!(sum("0", 0.0), "0");
    }
}
