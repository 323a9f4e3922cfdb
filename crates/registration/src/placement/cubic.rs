//! The uniform cubic B-spline.

/// Weights of the four control points about position `t` (0 to 1) between the middle two.
#[inline]
pub(crate) fn weights(t: f32) -> [f32; 4] {
    let s = 1.0 - t;
    [
        s * s * s / 6.0,
        (4.0 - 6.0 * t * t + 3.0 * t * t * t) / 6.0,
        (4.0 - 6.0 * s * s + 3.0 * s * s * s) / 6.0,
        t * t * t / 6.0,
    ]
}

/// Derivatives of [`weights`] by `t`.
#[inline]
pub(crate) fn slopes(t: f32) -> [f32; 4] {
    let s = 1.0 - t;
    [
        -0.5 * s * s,
        -2.0 * t + 1.5 * t * t,
        2.0 * s - 1.5 * s * s,
        0.5 * t * t,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_sum_to_one_and_slopes_are_their_derivatives() {
        for i in 0..=10 {
            let t = i as f32 / 10.0;
            assert!((weights(t).iter().sum::<f32>() - 1.0).abs() < 1e-6);
            let h = 1e-2;
            for k in 0..4 {
                let difference = (weights(t + h)[k] - weights(t - h)[k]) / (2.0 * h);
                assert!((difference - slopes(t)[k]).abs() < 1e-3);
            }
        }
    }
}
