"""The loss of small sequence VAEs and its gradients as PyTorch computes them, in float64, for ComponentTests.

    python make_sequences.py     # writes sequences.json beside itself; needs torch

Each model reads sentences of different lengths, decodes the posterior's mean with the words before given, and has the
loss mean(-log p(x | z) + KL). Parameters have the names they have in Swift.
"""

import json
import pathlib

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

torch.manual_seed(12)
torch.set_default_dtype(torch.float64)
VOCABULARY, LATENT, START = 9, 3, 1
SENTENCES = [[5, 8, 4, 2], [7, 2], [4, 4, 6, 3, 2], [2]]
LENGTHS = torch.tensor([len(s) for s in SENTENCES])
X = nn.utils.rnn.pad_sequence([torch.tensor(s) for s in SENTENCES], batch_first=True)
BEFORE = torch.cat([torch.full((len(SENTENCES), 1), START), X[:, :-1]], 1)
PADDING = torch.arange(X.shape[1])[None] >= LENGTHS[:, None]


def pack(tensor):
    values = [float(f"{v:.10g}") for v in tensor.detach().flatten().tolist()]
    return {"shape": list(tensor.shape), "values": values}


def modules(**parts):
    return nn.ModuleDict(parts)


class Recurrent(nn.Module):
    """A bidirectional encoder of two layers; a decoder of two layers whose every input the code joins."""

    def __init__(self, kind, width=4, hidden=3):
        super().__init__()
        make = nn.GRU if kind == "gru" else nn.LSTM
        self.kind = kind
        self.encoder = modules(
            input=modules(embedding=nn.Embedding(VOCABULARY, width)),
            layers=make(width, hidden, 2, batch_first=True, bidirectional=True))
        self.posterior = modules(projection=nn.Linear(2 * hidden, 2 * LATENT))
        self.decoder = modules(
            input=modules(embedding=nn.Embedding(VOCABULARY, width)), first=nn.Linear(LATENT, 2 * hidden),
            layers=make(width + LATENT, hidden, 2, batch_first=True), output=nn.Linear(hidden, VOCABULARY))

    def encode(self):
        words = self.encoder["input"]["embedding"](X)
        packed = pack_padded_sequence(words, LENGTHS, batch_first=True, enforce_sorted=False)
        last = self.encoder["layers"](packed)[1]
        last = last if self.kind == "gru" else last[0]
        return torch.cat([last[-2], last[-1]], 1)

    def decode(self, codes):
        words = self.decoder["input"]["embedding"](BEFORE)
        joined = torch.cat([words, codes[:, None].expand(-1, X.shape[1], -1)], 2)
        first = torch.stack(self.decoder["first"](codes).chunk(2, 1))
        state = first if self.kind == "gru" else (first, torch.zeros_like(first))
        return self.decoder["output"](self.decoder["layers"](joined, state)[0])


class Block(nn.Module):
    """A pre-norm block, by option with attention to a memory."""

    def __init__(self, width, reads_memory):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.self_attn = nn.MultiheadAttention(width, 2, batch_first=True)
        if reads_memory:
            self.memory_norm = nn.LayerNorm(width)
            self.multihead_attn = nn.MultiheadAttention(width, 2, batch_first=True)
        self.linear = nn.ModuleList([nn.Linear(width, 5), nn.Linear(5, width)])

    def forward(self, x, memory=None, causal=False):
        y, time = self.norm1(x), x.shape[1]
        hidden = torch.triu(torch.ones(time, time, dtype=bool), 1) if causal else None
        x = x + self.self_attn(y, y, y, key_padding_mask=PADDING, attn_mask=hidden, need_weights=False)[0]
        if memory is not None:
            y = self.memory_norm(x)
            x = x + self.multihead_attn(y, memory, memory, need_weights=False)[0]
        return x + self.linear[1](F.gelu(self.linear[0](self.norm2(x))))


class Transformer(nn.Module):
    """An encoder of two blocks gathered by a query; a decoder of two, the code in front or looked at."""

    def __init__(self, slots, width=4, places=6):
        super().__init__()
        self.slots, self.width = slots, width
        self.encoder = modules(
            input=modules(embedding=nn.Embedding(VOCABULARY, width)),
            positions=modules(table=nn.Embedding(places, width)),
            blocks=nn.ModuleList([Block(width, False), Block(width, False)]), norm=nn.LayerNorm(width),
            pooling=nn.MultiheadAttention(width, 2, batch_first=True))
        self.encoder.register_parameter("query", nn.Parameter(torch.zeros(1, width)))
        self.posterior = modules(projection=nn.Linear(width, 2 * LATENT))
        self.decoder = modules(
            input=modules(embedding=nn.Embedding(VOCABULARY, width)),
            positions=modules(table=nn.Embedding(places, width)), code=nn.Linear(LATENT, max(slots, 1) * width),
            blocks=nn.ModuleList([Block(width, slots > 0), Block(width, slots > 0)]), norm=nn.LayerNorm(width),
            output=nn.Linear(width, VOCABULARY))

    def encode(self):
        e = self.encoder
        x = e["input"]["embedding"](X) + e["positions"]["table"].weight[:X.shape[1]]
        for block in e["blocks"]:
            x = block(x)
        x, query = e["norm"](x), e.query.expand(len(SENTENCES), 1, -1)
        return e["pooling"](query, x, x, key_padding_mask=PADDING, need_weights=False)[0][:, 0]

    def decode(self, codes):
        d = self.decoder
        memory = d["code"](codes).reshape(len(SENTENCES), -1, self.width)
        x = d["input"]["embedding"](BEFORE)
        if self.slots == 0:
            x = torch.cat([x[:, :1] + memory, x[:, 1:]], 1)
        x = x + d["positions"]["table"].weight[:X.shape[1]]
        for block in d["blocks"]:
            x = block(x, memory if self.slots > 0 else None, causal=True)
        return d["output"](d["norm"](x))


def case(kind, model):
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.4)
    mean, log_variance = model.posterior["projection"](model.encode()).chunk(2, 1)
    logits = model.decode(mean)
    each = F.cross_entropy(logits.transpose(1, 2), X, reduction="none")
    reconstruction = each.masked_fill(PADDING, 0).sum(1)
    kl = 0.5 * (mean ** 2 + log_variance.exp() - log_variance - 1).sum(1)
    loss = (reconstruction + kl).mean()
    loss.backward()
    named = list(model.named_parameters())
    return {
        "kind": kind,
        "parameters": {name: pack(p) for name, p in named},
        "gradients": {name: pack(p.grad) for name, p in named},
        "reconstruction": pack(reconstruction),
        "kl": pack(kl),
        "loss": pack(loss),
    }


cases = [
    case("gru", Recurrent("gru")), case("lstm", Recurrent("lstm")), case("prefix", Transformer(0)),
    case("crossAttention", Transformer(2)),
]
here = pathlib.Path(__file__).parent
(here / "sequences.json").write_text(
    json.dumps({"sentences": SENTENCES, "cases": cases}, separators=(",", ":")) + "\n")
