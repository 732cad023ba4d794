#!/usr/bin/env python3
"""The same network in PyTorch and in msm, one after the other on the same threads.

    python3 tests/slow/bench-torch.py --msm build/app/commands/msm --network small-128 --batch 4 --threads 1

Needs PyTorch; run by hand. Prints milliseconds (the least of the repetitions, wall clock and CPU time) of
the forward pass and of one training step (zero gradients, forward, backward, AdamW), and the peak memory
of each process. PyTorch runs channels-last, float32. --network takes what `msm bench --network` takes;
with a weight file both run its weights.
"""
import argparse
import json
import math
import resource
import struct
import subprocess
import sys
import time


def build(config):
    """The Dhariwal-Nichol U-Net of the configuration, with the reference's parameter names."""
    import torch
    from torch import nn
    from torch.nn import functional as F

    base, groups = config["num_channels"], config.get("norm_groups", 32)
    modulate, updown = config.get("use_scale_shift_norm", False), config.get("resblock_updown", False)
    multiples = [int(m) for m in config["channel_mult"].split(",")]
    factors = {config["image_size"] // int(r) for r in config["attention_resolutions"].split(",")}

    def resample(x, direction):
        if direction == 0:
            return x
        return F.interpolate(x, scale_factor=2, mode="nearest") if direction > 0 else F.avg_pool2d(x, 2)

    class Res(nn.Module):
        def __init__(self, c_in, c_out, direction=0):
            super().__init__()
            self.direction = direction
            self.in_layers = nn.Sequential(nn.GroupNorm(groups, c_in), nn.SiLU(), nn.Conv2d(c_in, c_out, 3, padding=1))
            self.emb_layers = nn.Sequential(nn.SiLU(), nn.Linear(4 * base, (2 if modulate else 1) * c_out))
            self.out_layers = nn.Sequential(nn.GroupNorm(groups, c_out), nn.SiLU(), nn.Identity(),
                                            nn.Conv2d(c_out, c_out, 3, padding=1))
            self.skip_connection = nn.Identity() if c_in == c_out else nn.Conv2d(c_in, c_out, 1)

        def forward(self, x, emb):
            h = self.in_layers[2](resample(self.in_layers[1](self.in_layers[0](x)), self.direction))
            e = self.emb_layers(emb)[:, :, None, None]
            if modulate:
                scale, shift = e.chunk(2, 1)
                h = self.out_layers[0](h) * (1 + scale) + shift
            else:
                h = self.out_layers[0](h + e)
            return self.skip_connection(resample(x, self.direction)) + self.out_layers[3](self.out_layers[1](h))

    class Attention(nn.Module):
        def __init__(self, c):
            super().__init__()
            self.heads = c // config["num_head_channels"] if config.get("num_head_channels", -1) > 0 \
                else config.get("num_heads", 1)
            self.norm, self.qkv, self.proj_out = nn.GroupNorm(groups, c), nn.Conv1d(c, 3 * c, 1), nn.Conv1d(c, c, 1)

        def forward(self, x, emb):
            n, c, h, w = x.shape
            qkv = self.qkv(self.norm(x).reshape(n, c, -1))
            if config.get("use_new_attention_order", False):
                q, k, v = qkv.reshape(n, 3, self.heads, -1, h * w).unbind(1)
            else:
                q, k, v = qkv.reshape(n, self.heads, 3, -1, h * w).unbind(2)
            y = F.scaled_dot_product_attention(q.mT, k.mT, v.mT).mT
            return x + self.proj_out(y.reshape(n, c, -1)).reshape(n, c, h, w)

    class Down(nn.Module):
        def __init__(self, c):
            super().__init__()
            self.op = nn.Conv2d(c, c, 3, stride=2, padding=1)

        def forward(self, x, emb):
            return self.op(x)

    class Up(nn.Module):
        def __init__(self, c):
            super().__init__()
            self.conv = nn.Conv2d(c, c, 3, padding=1)

        def forward(self, x, emb):
            return self.conv(resample(x, 1))

    class First(nn.Conv2d):
        def forward(self, x, emb):
            return super().forward(x)

    class Unet(nn.Module):
        def __init__(self):
            super().__init__()
            self.time_embed = nn.Sequential(nn.Linear(base, 4 * base), nn.SiLU(), nn.Linear(4 * base, 4 * base))
            c = base * multiples[0]
            self.input_blocks = nn.ModuleList([nn.ModuleList([First(config["in_channels"], c, 3, padding=1)])])
            skips = [c]
            for level, multiple in enumerate(multiples):
                for _ in range(config["num_res_blocks"]):
                    block = [Res(c, base * multiple)]
                    c = base * multiple
                    if 2 ** level in factors:
                        block.append(Attention(c))
                    self.input_blocks.append(nn.ModuleList(block))
                    skips.append(c)
                if level < len(multiples) - 1:
                    self.input_blocks.append(nn.ModuleList([Res(c, c, -1) if updown else Down(c)]))
                    skips.append(c)
            self.middle_block = nn.ModuleList([Res(c, c), Attention(c), Res(c, c)])
            self.output_blocks = nn.ModuleList()
            for level, multiple in reversed(list(enumerate(multiples))):
                for i in range(config["num_res_blocks"] + 1):
                    block = [Res(c + skips.pop(), base * multiple)]
                    c = base * multiple
                    if 2 ** level in factors:
                        block.append(Attention(c))
                    if level > 0 and i == config["num_res_blocks"]:
                        block.append(Res(c, c, 1) if updown else Up(c))
                    self.output_blocks.append(nn.ModuleList(block))
            self.out = nn.Sequential(nn.GroupNorm(groups, c), nn.SiLU(),
                                     nn.Conv2d(c, config["out_channels"], 3, padding=1))

        def forward(self, x, timestep):
            half = base // 2
            angle = timestep[:, None] * torch.exp(-math.log(10000) * torch.arange(half, device=x.device) / half)
            emb = self.time_embed(torch.cat([angle.cos(), angle.sin()], 1))
            skips = []
            for block in self.input_blocks:
                for layer in block:
                    x = layer(x, emb)
                skips.append(x)
            for layer in self.middle_block:
                x = layer(x, emb)
            for block in self.output_blocks:
                x = torch.cat([x, skips.pop()], 1)
                for layer in block:
                    x = layer(x, emb)
            return self.out(x)

    return Unet()


def read_safetensors(path):
    import torch

    kinds = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = bytearray(file.read())
    return {name: torch.frombuffer(data, dtype=kinds[t["dtype"]], offset=t["data_offsets"][0],
                                   count=math.prod(t["shape"])).reshape(t["shape"]).float()
            for name, t in header.items() if name != "__metadata__"}


def least(function, repeats, seconds=3.0, wait=lambda: None, warm=1):
    """The least wall and CPU time in ms, after warming up; wait() returns when the device has finished."""
    wall, cpu, begin = [], [], time.perf_counter()
    for i in range(repeats + warm):
        start, start_cpu = time.perf_counter(), time.process_time()
        function()
        wait()
        if i < warm:
            begin = time.perf_counter()
            continue
        wall.append(time.perf_counter() - start)
        cpu.append(time.process_time() - start_cpu)
        if time.perf_counter() - begin > seconds:
            break
    return 1e3 * min(wall), 1e3 * min(cpu)


def run_torch(job):
    import torch

    config = job["config"]
    device = torch.device(job.get("device", "cpu"))
    # "eager": float32 as it is written; "compiled": torch.compile, channels-last, bfloat16 by autocast.
    compiled = job.get("mode", "eager") == "compiled"
    on_gpu = device.type == "cuda"
    torch.manual_seed(0)
    torch.set_num_threads(job["threads"])
    net = build(config)
    if job["network"].endswith(".safetensors"):
        net.load_state_dict(read_safetensors(job["network"]))
    layout = torch.channels_last if compiled or not on_gpu else torch.contiguous_format
    net = net.to(device=device, memory_format=layout)
    size = (job["batch"], config["in_channels"], config["image_size"], config["image_size"])
    x = torch.randn(size).to(device).contiguous(memory_format=layout)
    t = (10.0 * torch.arange(job["batch"])).to(device)
    result = {"parameters": sum(p.numel() for p in net.parameters()), "version": torch.__version__}
    run = torch.compile(net) if compiled else net
    wait = torch.cuda.synchronize if on_gpu else lambda: None
    warm = 3 if compiled else 1

    def forward():
        with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, enabled=compiled):
            run(x, t)

    def step():
        optimiser.zero_grad(set_to_none=True)
        with torch.autocast(device.type, torch.bfloat16, enabled=compiled):
            y = run(x, t)
        y.float().square().mean().backward()
        optimiser.step()

    if job["part"] == "forward":
        result["forward_ms"], result["forward_cpu_ms"] = least(forward, job["repeats"], wait=wait, warm=warm)
    else:
        optimiser = torch.optim.AdamW(net.parameters(), lr=1e-6)
        result["training_step_ms"], result["training_step_cpu_ms"] = least(step, job["repeats"], wait=wait, warm=warm)
    if on_gpu:
        result["gpu_peak_mb"] = torch.cuda.max_memory_allocated() / 2 ** 20
    result["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(result))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--msm", default="build/app/commands/msm")
    parser.add_argument("--network", default="small-128")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--job", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.job:
        run_torch(json.loads(args.job))
        return
    ours = json.loads(subprocess.run(
        [args.msm, "bench", "--network", args.network, "--batch", str(args.batch), "--threads", str(args.threads),
         "--repeats", str(args.repeats), "--no-shapes", "--json"], check=True, stdout=subprocess.PIPE).stdout)
    job = {"config": ours["config"], "network": args.network, "batch": args.batch, "threads": args.threads,
           "repeats": args.repeats}
    theirs = {}
    # A process for each, so that each has its own peak of memory.
    for part in "forward", "training":
        job["part"] = part
        found = json.loads(subprocess.run([sys.executable, __file__, "--job", json.dumps(job)], check=True,
                                          stdout=subprocess.PIPE).stdout)
        theirs[part + "_peak_mb"] = found.pop("peak_mb")
        theirs.update(found)
    if ours["parameters"] != theirs["parameters"]:
        sys.exit(f"not the same network: {ours['parameters']} and {theirs['parameters']} parameters")
    print(f"{args.network}, {ours['parameters']} parameters, batch {args.batch}, {args.threads} threads, float32; "
          f"PyTorch {theirs['version']}")
    print(f"{'':24}{'msm':>10}{'PyTorch':>10}{'PyTorch / msm':>16}")
    for key in ("forward_ms", "forward_cpu_ms", "training_step_ms", "training_step_cpu_ms", "forward_peak_mb",
                "training_peak_mb"):
        print(f"{key:24}{ours[key]:10.1f}{theirs[key]:10.1f}{theirs[key] / ours[key]:16.2f}")
    rate = ours["forward_gflop"] / ours["forward_cpu_ms"] * 1e3
    print(f"forward: {rate:.1f} GFLOP/s of CPU time; floor {ours['floor_gflops']:.1f}")


if __name__ == "__main__":
    main()
