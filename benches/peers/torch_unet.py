"""The network of `benches/benches/unet.rs` in torch, timed on the same machine.

    pip install torch
    python benches/peers/torch_unet.py [--threads 2] [--gradients FILE]

Prints the seconds of inference, and of forward and backward, of one patch of 64^3 voxels (width
16, 3 levels): best and median of ten. With --gradients, writes a small convolution with norm, its
input and all gradients as JSON instead, for comparison with the kernels.
"""

import argparse
import json
import statistics
import time

import torch
from torch import nn
from torch.nn import functional as F


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


def seconds(work):
    work()
    times = []
    for _ in range(10):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return {"best_s": min(times), "median_s": statistics.median(times)}


def write_gradients(path):
    torch.manual_seed(1)
    x = torch.randn(2, 3, 4, 5, 6, requires_grad=True)
    weight = torch.randn(4, 3, 3, 3, 3, requires_grad=True)
    gamma = torch.randn(4, requires_grad=True)
    beta = torch.randn(4, requires_grad=True)
    outer = torch.randn(2, 4, 4, 5, 6)
    out = F.instance_norm(F.conv3d(x, weight, padding=1), weight=gamma, bias=beta)
    out = F.leaky_relu(out, 0.01)
    (out * outer).sum().backward()
    arrays = {"x": x, "weight": weight, "gamma": gamma, "beta": beta, "outer": outer, "out": out}
    arrays |= {f"grad_{k}": arrays[k].grad for k in ("x", "weight", "gamma", "beta")}
    with open(path, "w") as file:
        json.dump({k: v.detach().flatten().tolist() for k, v in arrays.items()}, file)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--threads", type=int, default=torch.get_num_threads())
    arguments.add_argument("--gradients")
    arguments = arguments.parse_args()
    if arguments.gradients:
        write_gradients(arguments.gradients)
        return
    torch.set_num_threads(arguments.threads)
    network = Network()
    patch = torch.randn(1, 1, 64, 64, 64)

    def infer():
        with torch.no_grad():
            network(patch)

    def train():
        network.zero_grad()
        network(patch).square().mean().backward()

    result = {
        "torch": torch.__version__,
        "threads": arguments.threads,
        "infer": seconds(infer),
        "forward_backward": seconds(train),
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
