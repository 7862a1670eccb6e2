"""Trains a small network the way jobs do: a scripted model, worker processes that hand over batches in shared memory, OpenMP threads, two ranks
that meet on the loopback interface, a saved model that is read again. Ends with another code than 0 when anything of it does not hold."""

import os
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import nn
from torch.utils.data import DataLoader, Dataset

ROWS, FEATURES = 1024, 1024


class Rows(Dataset):
    def __len__(self):
        return ROWS

    def __getitem__(self, index):
        row = torch.randn(FEATURES, generator=torch.Generator().manual_seed(index))
        return row, (row[:8].sum() > 0).long()


def train():
    torch.manual_seed(1)
    torch.set_num_threads(2)
    model = torch.jit.script(nn.Sequential(nn.Linear(FEATURES, 64), nn.ReLU(), nn.Linear(64, 2)))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    losses = []
    for epoch in range(4):
        total = 0.0
        for rows, labels in DataLoader(Rows(), batch_size=64, num_workers=2):
            assert rows.is_shared(), "a batch did not come through shared memory"
            loss = nn.functional.cross_entropy(model(rows), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        losses.append(total)
    print(f"loss {losses[0]:.2f} -> {losses[-1]:.2f}", flush=True)
    assert losses[-1] < losses[0] / 2, "it learned nothing"
    path = os.path.join(os.environ["NIGHTSHIFT_OUTPUTS"], "model.pt")
    model.save(path)
    again = torch.jit.load(path)
    sample = torch.ones(1, FEATURES)
    assert torch.equal(again(sample), model(sample)), "the saved model is another one"


def rank(number, ranks):
    dist.init_process_group("gloo", init_method="tcp://127.0.0.1:29500", rank=number, world_size=ranks)
    value = torch.full((1 << 20,), float(number + 1))
    dist.all_reduce(value)
    assert value[0] == sum(range(1, ranks + 1)), "the ranks did not add up"
    dist.destroy_process_group()


if __name__ == "__main__":
    print(torch.__version__, "with", torch.__config__.parallel_info().split("ATen parallel backend: ")[1].strip(), flush=True)
    train()
    mp.spawn(rank, args=(2,), nprocs=2)
    print("two ranks met", flush=True)
