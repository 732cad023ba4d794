#!/usr/bin/env python3
"""A reconstruction by `msm recon --method msm`, and the same loop with the same weights in PyTorch.

    python3 tests/slow/bench-sampling.py --msm build/app/commands/msm --prior data/priors/brain-256.safetensors

Needs PyTorch; run by hand. A phantom of 256 x 256 with 8 coils, R = 4, the paper's loop: gradient likelihood,
uniform steps, partial masks of R = 4. The prior takes Wiener's image.
Prints the seconds of one step (CPU time of all threads, and wall clock), their ratio, the part of msm's that
the network alone would take, and the error of both results, which shows that they do the same.
"""
import argparse
import importlib.util
import json
import math
import os
import resource
import struct
import subprocess
import sys
import tempfile
import time

spec = importlib.util.spec_from_file_location("bench_torch", os.path.join(os.path.dirname(__file__), "bench-torch.py"))
bench_torch = importlib.util.module_from_spec(spec)
spec.loader.exec_module(bench_torch)


def read_cfl(path):
    import torch

    with open(path + ".hdr") as file:
        dims = [int(n) for n in file.read().split("\n")[1].split()]
    while len(dims) > 2 and dims[-1] == 1:
        dims.pop()
    with open(path + ".cfl", "rb") as file:
        data = torch.frombuffer(bytearray(file.read()), dtype=torch.complex64)
    return data.reshape(dims[::-1])


def read_config(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
    return json.loads(header["__metadata__"]["msm.config"])


def spectrum_plane(knots, size):
    """The prior's power at every point of k-space: log-linear between knots half an octave apart, the last at a corner."""
    import torch

    knots = torch.tensor([float(k) for k in knots.split(",")]).log()
    f = (torch.arange(size) - size // 2) / size
    square = f[:, None] ** 2 + f[None, :] ** 2
    at = (15 + torch.log2(2 * square.clamp(min=1e-12))).clamp(0, 15)
    low = at.long().clamp(max=14)
    return ((low + 1 - at) * knots[low] + (at - low) * knots[low + 1]).exp()


def run_torch(job):
    """k-space and images are kept with their origin in the corner, so that no transform needs a shift."""
    import torch

    torch.manual_seed(1)
    torch.set_num_threads(job["threads"])
    config = read_config(job["prior"])
    net = bench_torch.build(config)
    net.load_state_dict(bench_torch.read_safetensors(job["prior"]))
    net = net.to(memory_format=torch.channels_last)
    corner = lambda x: torch.fft.ifftshift(x, dim=(-2, -1)).contiguous()
    centre = lambda x: torch.fft.fftshift(x, dim=(-2, -1)).contiguous()
    size, eta, lik_step, w, steps = job["size"], 0.85, 2.0, job["partials"], job["steps"]
    truth, sens = read_cfl(job["folder"] + "/image").squeeze(), read_cfl(job["folder"] + "/sens").squeeze()
    full = read_cfl(job["folder"] + "/kspace").squeeze()
    sens, full = corner(sens), corner(full)

    def lines(acceleration, acs):
        keep = torch.rand(size) < 1 / acceleration
        keep[size // 2 - acs // 2:size // 2 + acs // 2] = True
        return torch.fft.ifftshift(keep.float())[None, :].expand(size, size).contiguous()

    forward = lambda x: torch.fft.fft2(sens * x, norm="ortho")
    adjoint = lambda z: (sens.conj() * torch.fft.ifft2(z, norm="ortho")).sum(0)
    acquired = lines(4, 20)
    y = full * acquired
    scale = torch.quantile(adjoint(y).abs().flatten(), 0.999)
    y = y / scale
    beta = torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64)
    alpha_bar = torch.cumprod(1 - beta, 0).tolist()
    power = corner(spectrum_plane(config["signal_spectrum"], size))
    fourier = lambda x: torch.fft.fft2(x, norm="ortho")
    inverse = lambda x: torch.fft.ifft2(x, norm="ortho")

    def predict(z, mask, t, alpha):
        """Wiener's image by preconditioned conjugate gradients on its k-space, then the network."""
        r = fourier(adjoint(z)) / math.sqrt(alpha)
        sigma2 = (1 - alpha) / alpha
        weight = sigma2 / power
        condition = 1 / (mask.mean() + weight)
        x, p = torch.zeros_like(r), condition * r
        rr = torch.vdot(r.flatten(), p.flatten()).real
        for _ in range(config["cg_iterations"]):
            q = fourier(adjoint(mask * forward(inverse(p)))) + weight * p
            a = rr / torch.vdot(p.flatten(), q.flatten()).real
            x, r = x + a * p, r - a * q
            c = condition * r
            new = torch.vdot(r.flatten(), c.flatten()).real
            p, rr = c + (new / rr) * p, new
        x = inverse(x)
        known = (power * power / (power + sigma2)).mean()
        missing = (sigma2 * power / (power + sigma2)).mean() + config["alias_part"] * power.mean()
        image = torch.view_as_real(centre(x)).permute(2, 0, 1)[None] / known.sqrt()
        out = net(image, torch.tensor([float(t)]))
        out = corner(torch.view_as_complex(out[0].permute(1, 2, 0).contiguous()))
        return x - missing.sqrt() * out

    def noise():
        return math.sqrt(2) * torch.randn(full.shape, dtype=torch.complex64)

    z, z_hat = noise(), torch.zeros_like(full)
    stride = 1000 // steps
    for k in range(steps - 1, -1, -1):
        if k == steps - 2:  # the first one warms up
            start, start_cpu = time.perf_counter(), time.process_time()
        alpha = alpha_bar[k * stride]
        prev = alpha_bar[(k - 1) * stride] if k > 0 else 1
        after = alpha_bar[(k + 1) * stride] if k < steps - 1 else 0
        kappa = eta * math.sqrt((1 - alpha) / (1 - after)) * math.sqrt(1 - after / alpha)
        total, coverage = torch.zeros_like(full), torch.zeros(size, size)
        for _ in range(w):
            mask = lines(4, 20)
            s = mask * z
            with torch.inference_mode():
                x = predict(s, mask, k * stride, alpha)
            eps = (adjoint(s) - math.sqrt(alpha) * x) / math.sqrt(1 - alpha)
            s = mask * forward(x)
            s = s - lik_step * (acquired * s - mask * y)
            total, coverage = total + s, coverage + mask
            s = math.sqrt(alpha) * s + math.sqrt(max(1 - alpha - kappa ** 2, 0)) * forward(eps)
            if kappa > 0:
                s = s + kappa * noise()
            z = (1 - mask) * z + mask * s
        z_hat = torch.where(coverage > 0, total / coverage.clamp(min=1), z_hat)
        e = math.sqrt(1 - prev) * math.sqrt(1 - eta ** 2) / math.sqrt(1 - alpha)
        z = (math.sqrt(prev) - e * math.sqrt(alpha)) * z_hat + e * z + math.sqrt(1 - prev) * eta * noise()
    seconds = time.perf_counter() - start
    cpu = time.process_time() - start_cpu
    found = centre(adjoint(z_hat) * scale).abs()
    truth = truth.abs()
    found = found * (torch.dot(found.flatten(), truth.flatten()) / found.square().sum())
    print(json.dumps({"wall": seconds / (steps - 1), "cpu": cpu / (steps - 1), "version": torch.__version__,
                      "nmse": ((found - truth).square().sum() / truth.square().sum()).item()}))


def children_cpu():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def run_msm(args, folder, steps):
    before = children_cpu()
    out = subprocess.run(
        [args.msm, "recon", "--method", "msm", "--prior", args.prior, "--pattern", "random", "--sens", folder + "/sens",
         "--acs", "20", "--likelihood", "gradient", "--spacing", "uniform", "--masks-accel", "4", "--masks-acs", "20",
         "--steps", str(steps), "--partials", str(args.partials), "--threads", str(args.threads), "--json",
         "--out", folder + "/out.h5", "--force", folder + "/kspace"], check=True, stdout=subprocess.PIPE,
        env=dict(os.environ, OMP_WAIT_POLICY="passive")).stdout
    found = json.loads(out)
    return found["run_ms"] / 1e3, children_cpu() - before, found["metrics"]["nmse"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--msm", default="build/app/commands/msm")
    parser.add_argument("--prior", default="data/priors/brain-256.safetensors")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--coils", type=int, default=8)
    parser.add_argument("--steps", type=int, default=20, help="an even number that divides 1000, as its half does")
    parser.add_argument("--partials", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--job", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.job:
        run_torch(json.loads(args.job))
        return
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([args.msm, "phantom", folder + "/kspace.cfl", "--rows", str(args.size), "--columns",
                        str(args.size), "--coils", str(args.coils), "--noise", "0.01", "--sens-out",
                        folder + "/sens.cfl", "--image-out", folder + "/image.cfl"], check=True,
                       stdout=subprocess.DEVNULL)
        half_wall, half_cpu, _ = run_msm(args, folder, args.steps // 2)
        wall, cpu, nmse = run_msm(args, folder, args.steps)
        steps = args.steps - args.steps // 2
        wall, cpu = (wall - half_wall) / steps, (cpu - half_cpu) / steps
        job = {"folder": folder, "prior": os.path.abspath(args.prior), "size": args.size, "steps": args.steps,
               "partials": args.partials, "threads": args.threads}
        theirs = json.loads(subprocess.run([sys.executable, __file__, "--job", json.dumps(job)], check=True,
                                           stdout=subprocess.PIPE).stdout)
        # The network of a weight file is timed at the size that its configuration names.
        config = dict(read_config(args.prior), image_size=args.size)
        with open(folder + "/config.json", "w") as file:
            json.dump(config, file)
        network = json.loads(subprocess.run(
            [args.msm, "bench", "--network", folder + "/config.json", "--threads", str(args.threads), "--no-shapes",
             "--json"], check=True, stdout=subprocess.PIPE, env=dict(os.environ, OMP_WAIT_POLICY="passive")).stdout)
    print(f"{os.path.basename(args.prior)}, {args.size} x {args.size}, {args.coils} coils, w = {args.partials}, "
          f"{args.threads} threads; PyTorch {theirs['version']}")
    print(f"{'seconds of a step':24}{'msm':>10}{'PyTorch':>10}{'PyTorch / msm':>16}")
    print(f"{'  CPU time':24}{cpu:10.3f}{theirs['cpu']:10.3f}{theirs['cpu'] / cpu:16.2f}")
    print(f"{'  wall clock':24}{wall:10.3f}{theirs['wall']:10.3f}{theirs['wall'] / wall:16.2f}")
    inside = args.partials * network["forward_cpu_ms"] / 1e3
    print(f"inside the network: {inside:.3f} s of CPU time, {100 * inside / cpu:.0f} % of msm's")
    print(f"NMSE of the result ({args.steps} steps): msm {nmse:.4f}, PyTorch {theirs['nmse']:.4f}")


if __name__ == "__main__":
    main()
