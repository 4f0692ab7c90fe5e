"""The other side of bench/train.ts: reads tasks as JSON lines, trains, answers with seconds and peak memory.

    python bench/train.py torch|scikit-learn
"""
import json
import resource
import sys
import time

LIBRARY = sys.argv[1]
if LIBRARY == "torch":
    import torch
    from torch import nn
else:
    import numpy as np
    import sklearn
    from sklearn.neural_network import MLPClassifier
    from threadpoolctl import threadpool_limits


if LIBRARY == "torch":

    class LastState(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell = nn.LSTM(1, 32, batch_first=True)
            self.head = nn.Linear(32, 10)

        def forward(self, x):
            return self.head(self.cell(x)[0][:, -1])

    class Attention(nn.Module):
        """One block with its norms in front, then the mean over the positions."""

        def __init__(self):
            super().__init__()
            self.first, self.head = nn.Linear(4, 32), nn.Linear(32, 10)
            self.block = nn.TransformerEncoderLayer(32, 4, 128, dropout=0, batch_first=True, norm_first=True)

        def forward(self, x):
            return self.head(self.block(self.first(x)).mean(1))

    def pictures(*layers):
        return nn.Sequential(nn.Unflatten(1, (1, 28, 28)), *layers)

    NETWORKS = {
        "logistic": ((784,), lambda: nn.Linear(784, 10)),
        "mlp": ((784,), lambda: nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))),
        "mnist": ((784,), lambda: pictures(
            nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Dropout(0.5), nn.Linear(1600, 10))),
        "lenet": ((784,), lambda: pictures(
            nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2),
            nn.Flatten(), nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10))),
        "lstm": ((24, 1), LastState),
        "attention": ((24, 4), Attention),
    }

    def train(task, rows, batch, epochs, threads):
        torch.set_num_threads(threads)
        shape, make = NETWORKS[task]
        x, y = torch.rand(rows, *shape), torch.randint(0, 10, (rows,))
        started = time.perf_counter()
        network = make()
        optimizer = torch.optim.Adam(network.parameters())
        loss = nn.CrossEntropyLoss()
        for _ in range(epochs):
            order = torch.randperm(rows)
            for start in range(0, rows, batch):
                chosen = order[start:start + batch]
                optimizer.zero_grad()
                loss(network(x[chosen]), y[chosen]).backward()
                optimizer.step()
        return time.perf_counter() - started

else:
    HIDDEN = {"logistic": (), "mlp": (128,)}

    def train(task, rows, batch, epochs, threads):
        random = np.random.default_rng(3)
        x, y = random.random((rows, 784), dtype=np.float32), random.integers(0, 10, rows)
        with threadpool_limits(threads):
            started = time.perf_counter()
            # Stops neither early nor with the warning that it has not converged.
            network = MLPClassifier(HIDDEN[task], batch_size=batch, alpha=0, tol=0, n_iter_no_change=10**6)
            for epoch in range(epochs):
                network.partial_fit(x, y, classes=range(10) if epoch == 0 else None)
            return time.perf_counter() - started


for line in sys.stdin:
    answer = {"seconds": train(**json.loads(line))}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    version = torch.__version__ if LIBRARY == "torch" else sklearn.__version__
    print(json.dumps({**answer, "peakMb": peak, "version": version}), flush=True)
