struct Channel {
    mean: f32,
    inverse: f32,
    gamma: f32,
    beta: f32,
}

fn channel_of(row: u32) -> Channel {
    let channel = row % params.channels;
    return Channel(
        statistics[row * 2u],
        statistics[row * 2u + 1u],
        gamma[channel],
        beta[channel],
    );
}

fn normalised(channel: Channel, x: f32) -> f32 {
    return (x - channel.mean) * channel.inverse;
}

// Of the leaky ReLU behind a normalised value.
fn slope(channel: Channel, normalised: f32) -> f32 {
    return select(SLOPE, 1.0, channel.gamma * normalised + channel.beta >= 0.0);
}
