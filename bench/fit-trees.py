"""Another library's part of fit-trees.ts: fits as often as standard input says, one JSON line a fit."""

import json
import resource
import sys
import time

import numpy as np

library, folder, rows, columns, task, threads, trees = sys.argv[1:]
rows, columns, threads, trees = int(rows), int(columns), int(threads), int(trees)
x = np.fromfile(f"{folder}/x.f32", "<f4").reshape(-1, columns)
y = np.fromfile(f"{folder}/y.i32", "<i4")


def scikit_learn():
    import sklearn
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier

    if task == "boosting":
        return sklearn, lambda: HistGradientBoostingClassifier(max_iter=trees, early_stopping=False)
    depth = int(task.removeprefix("forest-"))
    return sklearn, lambda: RandomForestClassifier(trees, max_depth=depth, n_jobs=threads)


def xgboost():
    import xgboost

    leaf_wise = dict(grow_policy="lossguide", max_leaves=31, max_depth=0, min_child_weight=1e-3, reg_lambda=0)
    shared = dict(n_estimators=trees, learning_rate=0.1, tree_method="hist", max_bin=255, n_jobs=threads)
    return xgboost, lambda: xgboost.XGBClassifier(**shared, **leaf_wise)


def lightgbm():
    import lightgbm

    return lightgbm, lambda: lightgbm.LGBMClassifier(n_estimators=trees, n_jobs=threads, verbose=-1)


module, create = {"scikit-learn": scikit_learn, "xgboost": xgboost, "lightgbm": lightgbm}[library]()
print(json.dumps({"name": library, "version": module.__version__}), flush=True)
for _ in sys.stdin:
    model = create()
    wall, cpu = time.perf_counter(), time.process_time()
    model.fit(x[:rows], y[:rows])
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    from sklearn.metrics import roc_auc_score

    auc = roc_auc_score(y[rows:], model.predict_proba(x[rows:])[:, 1])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"wallMs": 1000 * wall, "cpuMs": 1000 * cpu, "auc": auc, "peakMb": peak}), flush=True)
