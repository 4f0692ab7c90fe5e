"""scikit-learn's half of fit-trees.ts: fits what standard input names, one JSON line an answer."""

import json
import sys
import time

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.metrics import roc_auc_score

folder, training_rows, columns = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
x = np.fromfile(f"{folder}/x.f32", "<f4").reshape(-1, columns)
y = np.fromfile(f"{folder}/y.i32", "<i4")
models = {
    "forest-5": lambda: RandomForestClassifier(100, max_depth=5, n_jobs=2),
    "forest-12": lambda: RandomForestClassifier(100, max_depth=12, n_jobs=2),
    "boosting": lambda: HistGradientBoostingClassifier(early_stopping=False),
}
for line in sys.stdin:
    model = models[line.strip()]()
    wall, cpu = time.perf_counter(), time.process_time()
    model.fit(x[:training_rows], y[:training_rows])
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    auc = roc_auc_score(y[training_rows:], model.predict_proba(x[training_rows:])[:, 1])
    print(json.dumps({"wallMs": 1000 * wall, "cpuMs": 1000 * cpu, "auc": auc}), flush=True)
