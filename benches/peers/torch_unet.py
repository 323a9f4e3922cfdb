"""The network of `benches/benches/unet.rs` in torch, timed on the same machine.

    pip install torch
    cargo build --release -p corelith-unet --example network_speed
    RAYON_NUM_THREADS=2 target/release/examples/network_speed
    python benches/peers/torch_unet.py [--threads 2] [--device cuda] [--tf32] [--repeats 10]
    python benches/peers/torch_unet.py --gradients crates/unet/tests/data/torch_gradients.json

Prints the shortest times of inference and of a training step (forward, backward, gradients clipped
by their norm, AdamW, running mean of the weights) with one patch of 64^3 voxels (width 16, 3
levels), as the example `network_speed` does for corelith. With --gradients, writes a small network, its input, output and all
gradients as JSON instead: what `crates/unet/src/network.rs` is tested against.
"""

import argparse
import json
import time

import torch
from torch import nn


def block(ci, co):
    return nn.Sequential(
        nn.Conv3d(ci, co, 3, padding=1, bias=False),
        nn.InstanceNorm3d(co, affine=True),
        nn.LeakyReLU(0.01),
    )


def gather(x):
    b, c, d, h, w = x.shape
    x = x.reshape(b, c, d // 2, 2, h // 2, 2, w // 2, 2)
    return x.permute(0, 1, 3, 5, 7, 2, 4, 6).reshape(b, 8 * c, d // 2, h // 2, w // 2)


def spread(x):
    b, c, d, h, w = x.shape
    x = x.reshape(b, c // 8, 2, 2, 2, d, h, w)
    return x.permute(0, 1, 5, 2, 6, 3, 7, 4).reshape(b, c // 8, 2 * d, 2 * h, 2 * w)


class Network(nn.Module):
    def __init__(self, width=16, levels=3, classes=6):
        super().__init__()
        c = [width << level for level in range(levels)]
        self.down = nn.ModuleList(nn.Conv3d(8 * c[i - 1], c[i], 1) for i in range(1, levels))
        self.encoders = nn.ModuleList(
            nn.Sequential(block(c[i] if i else 1, c[i]), block(c[i], c[i])) for i in range(levels)
        )
        coarse = range(levels - 2, -1, -1)
        self.up = nn.ModuleList(nn.Conv3d(c[i + 1], 8 * c[i], 1) for i in coarse)
        self.decoders = nn.ModuleList(
            nn.Sequential(block(2 * c[i], c[i]), block(c[i], c[i])) for i in coarse
        )
        self.head = nn.Conv3d(width, classes, 1)

    def forward(self, x):
        skips = []
        for i, encoder in enumerate(self.encoders):
            if i:
                skips.append(x)
                x = self.down[i - 1](gather(x))
            x = encoder(x)
        for up, decoder in zip(self.up, self.decoders):
            x = decoder(torch.cat([skips.pop(), spread(up(x))], 1))
        return self.head(x)


def report(name, work, device, repeats):
    """Runs `work` once, then `repeats` times, and prints the shortest times."""

    def run():
        work()
        if device.type == "cuda":
            torch.cuda.synchronize()

    run()
    best = [float("inf")] * 2
    for _ in range(repeats):
        before = time.process_time(), time.perf_counter()
        run()
        after = time.process_time(), time.perf_counter()
        best = [min(t, b - a) for t, a, b in zip(best, before, after)]
    print(f"{name}: processor {best[0]:.4f} s, wall {best[1]:.4f} s")


def name_here(name):
    """The name in corelith of a parameter of `Network`."""
    parts = {"0.weight": "weight", "1.weight": "gamma", "1.bias": "beta"}
    kind, *rest = name.split(".")
    if kind == "head":
        return name
    if kind == "up":
        return f"decoders.{rest[0]}.up.{rest[1]}"
    if kind == "down":
        return f"encoders.{int(rest[0]) + 1}.down.{rest[1]}"
    return f"{kind}.{rest[0]}.blocks.{rest[1]}.{parts['.'.join(rest[2:])]}"


def shape_here(value):
    """1 x 1 x 1 convolutions are matrices there."""
    return list(value.shape[:2] if value.shape[2:] == (1, 1, 1) else value.shape)


def write_gradients(path):
    torch.manual_seed(1)
    network = Network(width=2, levels=2, classes=3)
    for value in network.parameters():
        if value.dim() == 1:
            nn.init.normal_(value, 1.0, 0.3)
    x = torch.randn(1, 1, 4, 4, 6)
    out = network(x)
    outer = torch.randn_like(out)
    (out * outer).sum().backward()

    def numbers(tensor):
        return [float(f"{v:.9g}") for v in tensor.detach().flatten().tolist()]

    def array(tensor):
        return {"shape": list(tensor.shape), "values": numbers(tensor)}

    parameters = [
        {
            "name": name_here(name),
            "shape": shape_here(value),
            "values": numbers(value),
            "gradient": numbers(value.grad),
        }
        for name, value in network.named_parameters()
    ]
    content = {
        "input": array(x),
        "outer": array(outer),
        "output": array(out),
        "parameters": parameters,
    }
    with open(path, "w") as file:
        file.write(json.dumps(content) + "\n")


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--threads", type=int, default=torch.get_num_threads())
    arguments.add_argument("--device", default="cpu")
    arguments.add_argument("--repeats", type=int, default=10)
    arguments.add_argument("--tf32", action="store_true", help="19-bit products on the GPU")
    arguments.add_argument("--gradients")
    arguments = arguments.parse_args()
    if arguments.gradients:
        write_gradients(arguments.gradients)
        return
    torch.set_num_threads(arguments.threads)
    torch.backends.cudnn.allow_tf32 = arguments.tf32
    torch.backends.cuda.matmul.allow_tf32 = arguments.tf32
    device = torch.device(arguments.device)
    network = Network().to(device)
    patch = torch.randn(1, 1, 64, 64, 64, device=device)
    parameters = list(network.parameters())
    mean = [p.detach().clone() for p in parameters]
    optimizer = torch.optim.AdamW(parameters, lr=1e-3, betas=(0.9, 0.99), weight_decay=0.01)

    def infer():
        with torch.no_grad():
            network(patch)

    def train_step():
        optimizer.zero_grad()
        network(patch).square().mean().backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(mean, parameters, 0.01)

    report("infer", infer, device, arguments.repeats)
    report("train_step", train_step, device, arguments.repeats)


if __name__ == "__main__":
    main()
