"""Makes model_parity.json: log-probabilities and gradients of transformers on two small Qwen2.5-VL models, a Qwen2 and two
Llama models.

    python tests/golden/model_parity.py        (transformers 5.23, torch 2.11, on a CPU, f32, eager attention)

Weights and pixels are not stored: both sides draw them from the integer hash `noise`, see tests/model/parity_test.cpp.
They are larger than the default initialisation, which would hide mistakes; at 2.5 in place of 1.8 transformers itself is
5e-5 away from its own result in f64.
"""
import json, math, pathlib
import numpy as np, torch
from transformers import (LlamaConfig, LlamaForCausalLM, Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration,
                          Qwen2Config, Qwen2ForCausalLM)

torch.set_num_threads(1)


def noise(key, count):
    """`count` numbers in [-1, 1) that depend on the key alone (FNV-1a, then murmur3's finalizer)."""
    h = 2166136261
    for byte in key.encode():
        h = ((h ^ byte) * 16777619) & 0xFFFFFFFF
    u = (np.arange(count, dtype=np.uint64) * 2654435761 + h) & 0xFFFFFFFF
    u ^= u >> 16
    u = (u * 0x85EBCA6B) & 0xFFFFFFFF
    u ^= u >> 13
    u = (u * 0xC2B2AE35) & 0xFFFFFFFF
    u ^= u >> 16
    return u.astype(np.float64) / 2**31 - 1


def value(key, shape):
    n = noise(key, math.prod(shape))
    if key.endswith("bias"):
        v = 0.3 * n
    elif len(shape) == 1:
        v = 1 + 0.5 * n
    elif "embed_tokens" in key:
        v = 0.6 * n
    else:
        v = n * 1.8 / math.sqrt(math.prod(shape[1:]))
    return torch.from_numpy(v.astype(np.float32)).reshape(shape)


def make_config(tied, vocab, text, vision):
    text = dict(vocab_size=vocab, max_position_embeddings=4096, rms_norm_eps=1e-6, tie_word_embeddings=tied, **text)
    return Qwen2_5_VLConfig(text_config=text, vision_config=vision, tie_word_embeddings=tied, image_token_id=3,
                            video_token_id=4, vision_start_token_id=5, vision_end_token_id=6)


def ids(key, count, vocab):
    """Plain text tokens: never the special ones below 10."""
    return [10 + int((x + 1) / 2 * (vocab - 10)) for x in noise(key, count)]


def prompt_of(key, vocab, grids, text_tokens):
    tokens = ids(key + " start", text_tokens, vocab)
    for i, (h, w) in enumerate(grids):
        tokens += [5] + [3] * (h * w // 4) + [6] + ids(f"{key} after {i}", 3, vocab)
    return tokens + ids(key + " end", 4, vocab)


def response_logprobs(model, prompt, response, grids, patches, temperature):
    tokens = torch.tensor([prompt + response])
    if not hasattr(model.model, "visual"):
        positions = torch.arange(tokens.shape[1]).repeat(3, 1)
        logits = model(input_ids=tokens, use_cache=False).logits[0]
        return *of_response(logits, prompt, response, temperature), positions
    grid = torch.tensor([[1, h, w] for h, w in grids]) if grids else None
    types = (tokens == 3).int()
    positions, _ = model.model.get_rope_index(tokens, types, image_grid_thw=grid)
    extra = dict(pixel_values=patches, image_grid_thw=grid) if grids else {}
    logits = model(input_ids=tokens, position_ids=positions, mm_token_type_ids=types, use_cache=False, **extra).logits[0]
    return *of_response(logits, prompt, response, temperature), positions[:, 0]


def of_response(logits, prompt, response, temperature):
    log_p = torch.log_softmax(logits / temperature, -1)[len(prompt) - 1 : -1]
    return log_p.gather(1, torch.tensor(response)[:, None])[:, 0], -(log_p.exp() * log_p).sum(1)


def case(name, config, groups, temperature, family=Qwen2_5_VLForConditionalGeneration):
    config._attn_implementation = "eager"
    model = family(config)
    vocab, patch_dim = config.get_text_config().vocab_size, 3 * 2 * 14 * 14
    def key_of(k):
        return k.replace("model.language_model.", "model.").replace("model.visual.", "visual.")
    with torch.no_grad():
        for k, p in model.named_parameters():
            p.copy_(value(key_of(k), list(p.shape)))
    out_groups, loss, place = [], 0, 0
    for g, (grids, text_tokens, lengths) in enumerate(groups):
        prompt = prompt_of(f"{name} {g}", vocab, grids, text_tokens)
        rows = sum(h * w for h, w in grids)
        patches = torch.from_numpy((1.5 * noise(f"{name} patches {g}", rows * patch_dim)).astype(np.float32)).reshape(rows, patch_dim)
        group = dict(prompt=prompt, images=grids, responses=[], logprobs=[], entropies=[])
        for r, length in enumerate(lengths):
            response = ids(f"{name} {g} response {r}", length, vocab)
            logp, entropy, positions = response_logprobs(model, prompt, response, grids, patches, temperature)
            weight = torch.from_numpy(noise(f"{name} weights", 1000)[place : place + length].astype(np.float32))
            place += length
            loss = loss + (logp * weight).sum() + 0.5 * (entropy * weight).sum()
            group["responses"].append(response)
            group["logprobs"].append([round(x, 7) for x in logp.tolist()])
            group["entropies"].append([round(x, 7) for x in entropy.tolist()])
            group["positions"] = positions[:, : len(prompt)].T.tolist()
            group["next_position"] = int(positions[0, len(prompt)])
        out_groups.append(group)
    loss.backward()
    gradients = {}
    for k, p in model.named_parameters():
        g = p.grad.double().reshape(-1)
        key = key_of(k)
        places = [int((x + 1) / 2 * g.numel()) for x in noise(key + " places", 6)]
        gradients[key] = dict(norm=float(f"{g.norm().item():.8g}"), numel=g.numel(),
                              against_noise=float(f"{(g * torch.from_numpy(noise(key + ' direction', g.numel()))).sum().item():.8g}"),
                              places=places, values=[float(f"{g[i].item():.8g}") for i in places])
    cfg = config.to_dict()
    return dict(name=name, config=cfg, temperature=temperature, groups=out_groups, gradients=gradients)


def main():
    tiny = make_config(True, 404,
        dict(hidden_size=96, intermediate_size=256, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2,
             rope_parameters=dict(rope_type="default", rope_theta=1e4, mrope_section=[3, 4, 5])),
        dict(depth=2, hidden_size=64, intermediate_size=128, num_heads=4, out_hidden_size=96, fullatt_block_indexes=[1]))
    wide = make_config(False, 211,
        dict(hidden_size=72, intermediate_size=100, num_hidden_layers=2, num_attention_heads=6, num_key_value_heads=3,
             rope_parameters=dict(rope_type="default", rope_theta=1e6, mrope_section=[1, 2, 3])),
        dict(depth=3, hidden_size=32, intermediate_size=44, num_heads=2, out_hidden_size=72, fullatt_block_indexes=[1]))
    cases = [
        case("tiny", tiny, [([(6, 6)], 5, [6, 9, 1]), ([], 7, [5, 4])], 1.0),
        # 252 x 196 and 140 x 308 pixels: 7 x 9 and 11 x 5 merged units, windows of 4 x 4 with ragged edges; then
        # 224 x 112: sides that the window divides.
        case("windows", wide, [([(14, 18), (22, 10)], 4, [5, 3]), ([], 6, [4]), ([(16, 8)], 3, [2, 7])], 0.7),
    ]
    text = dict(vocab_size=307, hidden_size=80, intermediate_size=112, num_hidden_layers=2, max_position_embeddings=512)
    qwen2 = Qwen2Config(num_attention_heads=5, num_key_value_heads=1, rms_norm_eps=1e-6, tie_word_embeddings=True,
                        rope_parameters=dict(rope_type="default", rope_theta=1e6), **text)
    llama = LlamaConfig(num_attention_heads=4, num_key_value_heads=2, rms_norm_eps=1e-5, tie_word_embeddings=False,
                        rope_parameters=dict(rope_type="default", rope_theta=1e4), **text)
    smol = LlamaConfig(num_attention_heads=10, num_key_value_heads=5, rms_norm_eps=1e-5, tie_word_embeddings=True,
                       rope_parameters=dict(rope_type="default", rope_theta=1e5), **text)
    text_groups = [([], 9, [6, 1, 8]), ([], 40, [3])]
    cases += [
        case("qwen2", qwen2, text_groups, 1.0, Qwen2ForCausalLM),
        case("llama", llama, text_groups, 1.0, LlamaForCausalLM),
        case("smol", smol, text_groups, 0.8, LlamaForCausalLM),
    ]
    path = pathlib.Path(__file__).with_name("model_parity.json")
    path.write_text(json.dumps(dict(cases=cases), separators=(",", ":")) + "\n")
    print(path, path.stat().st_size, "bytes")


main()
