"""The preset sentence-gru in PyTorch, trained the same way: test NLL per sentence and KL.

    python pytorch_sentence_recipe.py data_full.json [--seeds 0,1,2] [--epochs 12]

The data is a JSON object of splits, each a list of [text, label]; words are what white space
separates once punctuation but hyphens and apostrophes inside words stands apart, in lower case, as the preset has them. Every figure is in
nats a sentence, the end token counted, with one sample of the code.
"""
import argparse, json, math, re, time
import torch, torch.nn as nn, torch.nn.functional as F

PAD, START, END, UNKNOWN, SPECIAL = 0, 1, 2, 3, 4


def words(text):
    return re.findall(r"\w+(?:['’-]\w+)*|[^\w\s]", text.lower())


class SentenceVAE(nn.Module):
    def __init__(self, vocabulary, width=300, hidden=256, latent=16, word_dropout=0.0, dropout=0.0):
        super().__init__()
        self.encoder_embedding = nn.Embedding(vocabulary, width)
        self.encoder = nn.GRU(width, hidden, batch_first=True)
        self.posterior = nn.Linear(hidden, 2 * latent)
        self.first = nn.Linear(latent, hidden)
        self.decoder_embedding = nn.Embedding(vocabulary, width)
        self.decoder = nn.GRU(width, hidden, batch_first=True)
        self.output = nn.Linear(hidden, vocabulary)
        self.word_dropout, self.dropout = word_dropout, dropout

    def forward(self, tokens, lengths):
        drop = lambda x: F.dropout(x, self.dropout, self.training)
        packed = nn.utils.rnn.pack_padded_sequence(
            drop(self.encoder_embedding(tokens)), lengths, batch_first=True, enforce_sorted=False)
        _, last = self.encoder(packed)
        mean, log_variance = self.posterior(last[0]).chunk(2, -1)
        z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        shifted = torch.cat([torch.full_like(tokens[:, :1], START), tokens[:, :-1]], 1)
        if self.training and self.word_dropout > 0:
            dropped = torch.rand(shifted.shape) < self.word_dropout
            dropped[:, 0] = False
            shifted = torch.where(dropped, UNKNOWN, shifted)
        states, _ = self.decoder(drop(self.decoder_embedding(shifted)), self.first(z)[None])
        logits = self.output(states)
        losses = F.cross_entropy(
            logits.flatten(0, 1), tokens.flatten(), ignore_index=PAD, reduction="none")
        kl = -0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum(-1)
        return losses.view(tokens.shape).sum(1), kl


def batches(data, size, shuffled):
    order = torch.randperm(len(data)).tolist() if shuffled else range(len(data))
    for at in range(0, len(data), size):
        rows = [data[i] for i in order[at : at + size]]
        lengths = torch.tensor([len(r) for r in rows])
        tokens = torch.zeros(len(rows), int(lengths.max()), dtype=torch.long)
        for i, row in enumerate(rows):
            tokens[i, : len(row)] = torch.tensor(row)
        yield tokens, lengths


def evaluate(model, data):
    model.eval()
    totals = [0.0, 0.0]
    with torch.no_grad():
        for tokens, lengths in batches(data, 128, False):
            reconstruction, kl = model(tokens, lengths)
            totals[0] += reconstruction.sum().item()
            totals[1] += kl.sum().item()
    model.train()
    return [t / len(data) for t in totals]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data")
    parser.add_argument("--seeds", default="0")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--word-dropout", type=float, default=0.25)
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--steepness", type=float, default=0.0025)
    parser.add_argument("--midpoint", type=float, default=2500)
    arguments = parser.parse_args()
    splits = json.load(open(arguments.data))
    texts = {name: [words(text) for text, _ in splits[name]] for name in ("train", "val", "test")}
    counts = {}
    for text in texts["train"]:
        for word in text:
            counts[word] = counts.get(word, 0) + 1
    known = sorted(counts)
    index = {word: SPECIAL + i for i, word in enumerate(known)}
    data = {
        name: [[index.get(w, UNKNOWN) for w in text] + [END] for text in part]
        for name, part in texts.items()
    }
    print(f"vocabulary {SPECIAL + len(known)}, " + ", ".join(f"{n} {len(d)}" for n, d in data.items()))
    for seed in map(int, arguments.seeds.split(",")):
        torch.manual_seed(seed)
        model = SentenceVAE(
            SPECIAL + len(known), word_dropout=arguments.word_dropout, dropout=arguments.dropout)
        optimizer = torch.optim.Adam(model.parameters(), 1e-3)
        step, best, state, start = 0, math.inf, None, time.time()
        for epoch in range(arguments.epochs):
            for tokens, lengths in batches(data["train"], arguments.batch, True):
                reconstruction, kl = model(tokens, lengths)
                weight = 1 / (1 + math.exp(-arguments.steepness * (step - arguments.midpoint)))
                loss = (reconstruction + weight * kl).mean()
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                step += 1
            r, k = evaluate(model, data["val"])
            if r + k < best:
                best, state = r + k, {n: p.clone() for n, p in model.state_dict().items()}
            print(f"  epoch {epoch + 1}: validation reconstruction {r:.3f} kl {k:.3f} "
                  f"nll {r + k:.3f} weight {weight:.2f} {time.time() - start:.0f} s", flush=True)
        model.load_state_dict(state)
        r, k = evaluate(model, data["test"])
        print(f"seed {seed}: test nll {r + k:.3f} = reconstruction {r:.3f} + kl {k:.3f}", flush=True)


if __name__ == "__main__":
    main()
