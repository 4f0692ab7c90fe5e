"""Vectors by onnxruntime and Hugging Face's tokenizers, on one thread: what bench/embeddings.ts is compared with.

Reads a JSON list of texts, prints texts per second as JSON: one by one, and in batches of 32 that are sorted by length
and padded, as sentence-transformers does it.
"""
import json
import sys
import time

import numpy
import onnxruntime
from tokenizers import Tokenizer

model, tokenizer_path, rounds = sys.argv[1:]
texts = json.load(sys.stdin)
tokenizer = Tokenizer.from_file(tokenizer_path)
tokenizer.no_truncation()
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def embed(batch):
    tokenizer.enable_padding(pad_id=0, pad_token="[PAD]")
    found = tokenizer.encode_batch(batch)
    ids = numpy.array([one.ids for one in found], dtype=numpy.int64)
    mask = numpy.array([one.attention_mask for one in found], dtype=numpy.int64)
    feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": numpy.zeros_like(ids)}
    hidden = session.run(None, feeds)[0]
    weights = mask[..., None].astype(numpy.float32)
    pooled = (hidden * weights).sum(axis=1) / weights.sum(axis=1)
    return pooled / numpy.linalg.norm(pooled, axis=1, keepdims=True)


def speed(size):
    ordered = sorted(texts, key=len, reverse=True) if size > 1 else texts
    start = time.perf_counter()
    for at in range(0, len(ordered), size):
        embed(ordered[at : at + size])
    return len(texts) / (time.perf_counter() - start)


embed(texts[:4])
best = {"single": 0, "batch": 0}
for _ in range(int(rounds)):
    best = {"single": max(best["single"], speed(1)), "batch": max(best["batch"], speed(32))}
print(json.dumps(best))
