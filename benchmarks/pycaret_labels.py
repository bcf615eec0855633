"""Label the rows of a table by PyCaret; runs in an environment of its own, without this project.

python pycaret_labels.py TABLE.csv LABELS.json SEED
"""

import json
import sys
from pathlib import Path

import pandas as pd
from pycaret.clustering import assign_model, create_model, pull, setup

table, answer, seed = sys.argv[1:]
setup(pd.read_csv(table), normalize=True, session_id=int(seed), verbose=False, html=False)
models = []
for algorithm in ("kmeans", "hclust"):
    for k in range(2, 9):
        model = create_model(algorithm, num_clusters=k, verbose=False)
        models.append((float(pull()["Silhouette"].iloc[0]), model))
best = max(models, key=lambda pair: pair[0])[1]
labels = assign_model(best, verbose=False)["Cluster"].str.removeprefix("Cluster ").astype(int)
Path(answer).write_text(json.dumps(labels.tolist()))
