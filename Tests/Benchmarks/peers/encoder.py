"""A mixed tower of torch, windows of one length forward and back with dropout, on one thread.

usage: encoder.py ENCODER WINDOWS LENGTH DIMENSION     ENCODER: convolution, attention
Prints the seconds of every sample as a JSON list.
"""
import json
import os
import sys
import time

os.environ["OMP_NUM_THREADS"] = "1"
os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

import torch  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

torch.set_num_threads(1)
torch.manual_seed(1)
encoder, (windows, length, d) = sys.argv[1], map(int, sys.argv[2:])
HEADS, DECAY = 2, 0.7


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.qkv, self.out = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.up, self.down = nn.Linear(d, 2 * d), nn.Linear(2 * d, d)

    def forward(self, h):
        n, m, _ = h.shape
        q, k, v = self.qkv(self.norm1(h)).view(n, m, 3, HEADS, d // HEADS).permute(2, 0, 3, 1, 4)
        read = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(n, m, d)
        h = h + F.dropout(self.out(read), 0.3)
        return h + F.dropout(self.down(F.dropout(F.gelu(self.up(self.norm2(h))), 0.3)), 0.3)


class Convolution(nn.Module):
    def __init__(self, dilation):
        super().__init__()
        self.dilation, self.norm = dilation, nn.LayerNorm(d)
        # One product over three taps is faster here than Conv1d.
        self.taps, self.out = nn.Linear(3 * d, d), nn.Linear(d, d)

    def forward(self, h):
        a, m = self.norm(h), h.shape[1]
        seen = torch.cat([F.pad(a, (0, 0, tap * self.dilation, 0))[:, :m] for tap in range(3)], -1)
        return h + F.dropout(self.out(F.gelu(self.taps(seen))), 0.3)


class Mixed(nn.Module):
    def __init__(self):
        super().__init__()
        is_attention = encoder == "attention"
        self.position = nn.Parameter(torch.randn(length, d) * 0.02) if is_attention else None
        self.blocks = nn.Sequential(*[Attention() if is_attention else Convolution(2 ** n) for n in range(2)])
        self.norm = nn.LayerNorm(d)
        self.constant, self.gain = nn.Parameter(torch.zeros(d)), nn.Parameter(torch.full((d,), 0.3))
        age = torch.arange(length)[:, None] - torch.arange(length)
        self.register_buffer("shares", torch.where(age >= 0, DECAY ** age.clamp(min=0).float(), torch.zeros(())))

    def forward(self, events):
        h = 4 * events if self.position is None else events + self.position
        y = self.norm(self.blocks(F.dropout(h, 0.2)))
        return self.constant + self.shares @ events + self.gain * y


model = Mixed()
events = (torch.randn(windows, length, d) * 0.1).requires_grad_()
slopes = torch.randn(windows, length, d)
seconds = []
for sample in range(210):
    start = time.perf_counter()
    model.zero_grad()
    events.grad = None
    model(events).backward(slopes)
    if sample >= 10:
        seconds.append(time.perf_counter() - start)
print(json.dumps(seconds))
