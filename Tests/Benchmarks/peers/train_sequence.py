"""Epochs of a mixed history tower with what items are, as PyTorch trains it on one core, one for each line of standard input.

usage: train_sequence.py DIRECTORY attention|convolution FEATURES
u = c + sum of decay^age v(item) + gain * encoder, v = e + w-mean; windows of 20 by length, 1,024 next events a step, 1,024 drawn
items, dense Adam. Begins with the parameters in DIRECTORY. The first line of standard input asks for the mean loss of the users in
"users" against the items in "drawn" with these parameters and without dropout. Prints a JSON line each: seconds and mean loss.
"""
import json
import os
import random
import sys
import time

directory, encoder, feature_count = sys.argv[1], sys.argv[2], int(sys.argv[3])
os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np  # noqa: E402
import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from torch import nn  # noqa: E402

torch.set_num_threads(1)
torch.manual_seed(1)
D, L, HEADS, BLOCKS, DRAWN, EVENTS, DECAY, DROP = 64, 20, 2, 2, 1024, 1024, 0.7, 0.3


def lists(name_of_ends, name):
    ends, values = (np.fromfile(os.path.join(directory, n), np.float32).astype(np.int64) for n in (name_of_ends, name))
    return np.split(values, ends[:-1])


def numbers(name):
    return torch.from_numpy(np.fromfile(os.path.join(directory, name), np.float32))


histories, features = lists("history-ends", "history-items"), lists("feature-ends", "feature-numbers")
items = len(features)
widest = max(len(f) for f in features)
table = torch.full((items, widest), feature_count)
for number, f in enumerate(features):
    table[number, :len(f)] = torch.from_numpy(f)
share = torch.tensor([max(len(f), 1) ** -0.5 for f in features])[:, None]
windows, windows_of = [], []
for history in histories:
    end, own = len(history) - 1, []
    while end > 0:
        count = min(end, L)
        own.append(history[end - count:end + 1])
        end -= count
    windows += own
    windows_of.append(own)


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(D), nn.LayerNorm(D)
        self.qkv, self.out = nn.Linear(D, 3 * D), nn.Linear(D, D)
        self.up, self.down = nn.Linear(D, 2 * D), nn.Linear(2 * D, D)

    def forward(self, h, kept):
        b, m, _ = h.shape
        # Nothing but itself reads an event that is left out.
        seen = torch.ones(m, m, dtype=torch.bool).tril() & (kept.view(b, 1, 1, m) > 0) | torch.eye(m, dtype=torch.bool)
        q, k, v = self.qkv(self.norm1(h)).view(b, m, 3, HEADS, D // HEADS).permute(2, 0, 3, 1, 4)
        o = F.scaled_dot_product_attention(q, k, v, attn_mask=seen).transpose(1, 2).reshape(b, m, D)
        h = h + F.dropout(self.out(o), DROP, self.training)
        x = F.dropout(F.gelu(self.up(self.norm2(h))), DROP, self.training)
        return h + F.dropout(self.down(x), DROP, self.training)


class Convolution(nn.Module):
    def __init__(self, dilation):
        super().__init__()
        self.dilation = dilation
        self.norm, self.convolution, self.out = nn.LayerNorm(D), nn.Conv1d(D, D, 3, dilation=dilation), nn.Linear(D, D)

    def forward(self, h, kept):
        # An event that is left out is read here: else the two would not do the same work.
        a = F.pad(self.norm(h).transpose(1, 2), (2 * self.dilation, 0))
        return h + F.dropout(self.out(F.gelu(self.convolution(a)).transpose(1, 2)), DROP, self.training)


class Tower(nn.Module):
    def __init__(self):
        super().__init__()
        self.own = nn.Parameter(numbers("own").view(items, D))
        self.words = nn.Parameter(torch.cat([numbers("words").view(feature_count, D), torch.zeros(1, D)]))
        self.constant, self.gain = nn.Parameter(torch.zeros(D)), nn.Parameter(torch.zeros(D))
        if encoder == "attention":
            self.position = nn.Parameter(torch.zeros(L, D))
        self.blocks = nn.ModuleList([Attention() if encoder == "attention" else Convolution(2 ** n) for n in range(BLOCKS)])
        self.norm = nn.LayerNorm(D)
        age = torch.arange(L)[:, None] - torch.arange(L)[None]
        self.register_buffer("decays", torch.where(age >= 0, DECAY ** age.clamp(min=0), torch.zeros(())))
        with torch.no_grad():
            for name, parameter in self.named_parameters():
                if name not in ("own", "words"):
                    parameter.copy_(numbers("history." + name.removeprefix("blocks.")).view(parameter.shape))

    def vectors(self, ids):
        bags = F.embedding_bag(table[ids], self.words, mode="sum", padding_idx=feature_count)
        return F.embedding(ids, self.own) + share[ids] * bags

    def forward(self, read, own, drawn):
        named, places = torch.unique(torch.cat([read.flatten(), own.flatten(), drawn]), return_inverse=True)
        v = self.vectors(named)
        cut = [read.numel(), own.numel(), DRAWN]
        s, target, draws = (v[p] for p in torch.split(places, cut))
        s, m = s.view(*read.shape, D), read.shape[1]
        kept = (torch.rand(*read.shape, 1) >= (0.2 if self.training else 0)).float()
        z = self.decays[:m, :m] @ (s * kept)
        h = F.dropout(s + self.position[:m] if encoder == "attention" else 4 * s, DROP, self.training)
        for block in self.blocks:
            h = block(h, kept)
        u = (self.constant + z + self.gain * self.norm(h)).view(-1, D)
        logits = (u @ draws.T).masked_fill(drawn[None] == own.view(-1, 1), -1e30)
        logits = torch.cat([(u * target).sum(1, keepdim=True), logits], 1)
        return logits


tower = Tower()
slow = [p for n, p in tower.named_parameters() if n not in ("own", "words", "constant")]
optimiser = torch.optim.Adam(
    [{"params": [tower.own, tower.words, tower.constant], "lr": 0.004}, {"params": slow, "lr": 0.001}], fused=True)


def mean_loss(batch, drawn):
    m = max(len(w) for w in batch) - 1
    read, own = torch.zeros(2, len(batch), m, dtype=torch.long)
    real = torch.zeros(len(batch), m)
    for row, window in enumerate(batch):
        ids = torch.from_numpy(window)
        read[row, :len(ids) - 1], own[row, :len(ids) - 1], real[row, :len(ids) - 1] = ids[:-1], ids[1:], 1
    logits = tower(read, own, drawn)[real.view(-1) > 0]
    return F.cross_entropy(logits, torch.zeros(len(logits), dtype=torch.long)), len(logits)


@torch.no_grad()
def first_loss():
    tower.eval()
    batch = [window for user in numbers("users").long() for window in windows_of[user]]
    loss, _ = mean_loss(batch, numbers("drawn").long())
    tower.train()
    return loss.item()


def epoch():
    # By length, so that little is filled up.
    order = sorted(random.sample(windows, len(windows)), key=len)
    batches, batch, count = [], [], 0
    for window in order:
        if batch and count + len(window) - 1 > EVENTS:
            batches.append(batch)
            batch, count = [], 0
        batch.append(window)
        count += len(window) - 1
    batches.append(batch)
    random.shuffle(batches)
    losses, weights = [], []
    for batch in batches:
        loss, count = mean_loss(batch, torch.randint(items, (DRAWN,)))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item() * count)
        weights.append(count)
    return sum(losses) / sum(weights)


for number, _ in enumerate(sys.stdin):
    begin = time.perf_counter()
    mean = epoch() if number else first_loss()
    print(json.dumps({"seconds": time.perf_counter() - begin, "loss": mean}), flush=True)
