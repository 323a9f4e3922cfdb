var<workgroup> sums: array<vec2<f32>, 256>;

// Sum over the workgroup, the same for every invocation.
fn sum_of_group(index: u32, value: vec2<f32>) -> vec2<f32> {
    workgroupBarrier();
    sums[index] = value;
    for (var half = GROUP / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if index < half {
            sums[index] += sums[index + half];
        }
    }
    workgroupBarrier();
    return sums[0];
}
