// Slices of a layer of tiles: of each the weighted probabilities of every class, then the weights,
// [slices, classes + 1, height, width].

fn of_layer(slice: u32, channel: u32, area: u32, voxel: u32) -> u32 {
    return (slice * (params.classes + 1u) + channel) * area + voxel;
}
