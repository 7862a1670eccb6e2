"""Measures a device with PyTorch and writes benchmark.json as docs/benchmark.md of Nightshift tells. Needs nothing but torch.

The GPU where there is one (CUDA or ROCm), else the processor. Every figure is a median of 11 samples of at least 50 ms, after a warm-up, on random
data, and what was timed is checked. What fails is named among the errors; the rest is measured all the same."""

import json
import os
import statistics
import time

import torch

SAMPLES = 11
SAMPLE_S = 0.05
MIB = 1 << 20

ON_GPU = torch.cuda.is_available()
DEVICE = torch.device("cuda" if ON_GPU else "cpu")
# On the processor, sizes of seconds and a few hundred megabytes.
GEMM_ROWS = 8192 if ON_GPU else 1024
BUFFER_BYTES = (1024 if ON_GPU else 128) * MIB

torch.backends.cuda.matmul.allow_tf32 = False  # f32 means f32
torch.backends.cuda.matmul.allow_fp16_reduced_precision_reduction = False  # f16 with f32 sums


def timed(run, repeats):
    if ON_GPU:
        torch.cuda.synchronize()
    started = time.perf_counter()
    for _ in range(repeats):
        run()
    if ON_GPU:
        torch.cuda.synchronize()
    return time.perf_counter() - started


def sample(run):
    """Seconds of one run: median and interquartile range of the samples."""
    repeats, before = 1, None
    for _ in range(50):  # warm when two samples in a row agree within 2 %
        seconds = timed(run, repeats)
        if seconds < SAMPLE_S:
            repeats = max(repeats + 1, int(repeats * min(10, 1.2 * SAMPLE_S / max(seconds, 1e-9))))
            continue
        now = seconds / repeats
        if before is not None and abs(now / before - 1) < 0.02:
            break
        before = now
    taken = [timed(run, repeats) / repeats for _ in range(SAMPLES)]
    low, middle, high = statistics.quantiles(taken, n=4)
    return middle, (high - low) / middle


def gemm(dtype):
    n = GEMM_ROWS
    a = torch.randn(n, n, device=DEVICE).to(dtype)
    b = torch.randn(n, n, device=DEVICE).to(dtype)
    c = torch.empty(n, n, device=DEVICE, dtype=dtype)
    seconds, spread = sample(lambda: torch.matmul(a, b, out=c))
    # 16 rows again in f64. n * 2^-23 bounds the error of f32 sums in any order, also where
    # hardware cuts off instead of rounding; 2^-11 is the rounding of a result in f16.
    rows = torch.randint(n, (16,), device=DEVICE)
    exact = a[rows].double() @ b.double()
    size = a[rows].double().abs() @ b.double().abs()
    bound = n * 2.0**-23 * size + (2.0**-11 * exact.abs() if dtype == torch.float16 else 0)
    verified = bool(((c[rows].double() - exact).abs() <= bound + 1e-6).all())
    return 2 * n**3 / seconds / 1e12, "TFLOPS", spread, verified, f"n = {n}, random normal data, 16 rows checked in f64"


def copy():
    source = torch.rand(BUFFER_BYTES // 4, device=DEVICE)
    target = torch.empty_like(source)
    seconds, spread = sample(lambda: target.copy_(source))
    return 2 * BUFFER_BYTES / seconds / 1e9, "GB/s", spread, torch.equal(source, target), f"{BUFFER_BYTES // MIB} MiB read and as much written"


def triad():
    b, c = (torch.rand(BUFFER_BYTES // 4, device=DEVICE) for _ in range(2))
    a = torch.empty_like(b)
    seconds, spread = sample(lambda: torch.add(b, c, alpha=3.0, out=a))
    verified = torch.allclose(a[:MIB].double(), b[:MIB].double() + 3.0 * c[:MIB].double(), rtol=1e-6)
    return 3 * BUFFER_BYTES / seconds / 1e9, "GB/s", spread, verified, f"a = b + 3c, {BUFFER_BYTES // MIB} MiB each"


def transfer(to_device):
    host = torch.rand(256 * MIB // 4).pin_memory()
    device = torch.rand(256 * MIB // 4, device=DEVICE)
    source, target = (host, device) if to_device else (device, host)
    seconds, spread = sample(lambda: target.copy_(source, non_blocking=True))
    return 256 * MIB / seconds / 1e9, "GB/s", spread, torch.equal(host, device.cpu()), "256 MiB of pinned memory"


def device_facts():
    if not ON_GPU:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
        return {"kind": "cpu", "name": names[0] if names else "processor", "uuid": None}
    facts = torch.cuda.get_device_properties(0)
    uuid = getattr(facts, "uuid", None)  # from PyTorch 2.4 on
    return {
        "kind": "rocm" if torch.version.hip else "cuda",
        "name": facts.name,
        "uuid": None if uuid is None else f"GPU-{uuid}",
    }


def main():
    figures, errors = [], []
    wanted = {
        "gemm-f32": lambda: gemm(torch.float32),
        "gemm-f16": lambda: gemm(torch.float16),
        "memory-copy": copy,
        "memory-triad": triad,
    }
    if ON_GPU:
        wanted |= {"host-to-device": lambda: transfer(True), "device-to-host": lambda: transfer(False)}
    for name, measure in wanted.items():
        try:
            value, unit, spread, verified, detail = measure()
        except RuntimeError as error:  # what this device cannot do, or has no memory for
            detail = " ".join(str(error).split())[:500] or "failed without a word"
            errors.append({"figure": name, "detail": detail})
            print(f"{name}: {detail}", flush=True)
            continue
        figures.append(
            {"name": name, "value": value, "unit": unit, "samples": SAMPLES, "iqrShare": spread, "verified": verified, "detail": detail}
        )
        print(f"{name}: {value:.3g} {unit}{'' if verified else ', but the result is WRONG'}", flush=True)
    result = {
        "schemaVersion": 1,
        "framework": {"name": "PyTorch", "version": torch.__version__},
        "device": device_facts(),
        "figures": figures,
        "errors": errors,
    }
    path = os.path.join(os.environ.get("NIGHTSHIFT_OUTPUTS", "."), "benchmark.json")
    with open(f"{path}.tmp", "w", encoding="utf-8") as file:
        json.dump(result, file, indent=2)
    os.replace(f"{path}.tmp", path)


if __name__ == "__main__":
    main()
