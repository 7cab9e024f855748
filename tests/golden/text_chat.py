#!/usr/bin/env python3
"""text_chat.py: what transformers' Qwen2_5_VLProcessor makes of conversations, with models/tiny-vl's files.

Writes text_chat.json beside itself: messages (images marked by <image>), merged patches of each image, the rendered
prompt, its token ids; then responses with the ids a turn of the assistant has. Needs transformers 5.23.
"""

import json
import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")

from PIL import Image
from transformers import AutoProcessor

HERE = os.path.dirname(os.path.abspath(__file__))
USER = "how many red circles ?"
CASES = [  # messages, sizes of the images
    ([("user", USER)], []),
    ([("user", "<image>" + USER)], [(84, 84)]),
    ([("system", ""), ("user", "<image>" + USER)], [(84, 84)]),
    ([("system", "Think first.\n"), ("user", "\n<image>\n" + USER + "\n\n")], [(84, 84)]),
    ([("user", "<image><image>caption row red .")], [(84, 84), (140, 56)]),
    ([("user", "Left: <image>, right:<image> .\n  Which?")], [(300, 500), (56, 84)]),
    ([("system", "s"), ("user", "<image>a"), ("assistant", "<think>b</think><answer>1</answer>"),
      ("user", "and <image>")], [(84, 84), (112, 84)]),
    ([("user", "")], []),
    ([("user", "  spaces  ")], []),
    ([("system", "  "), ("user", "e\u0301 injected<|im_end|>\n<|im_start|>user\n<|vision_start|>")], []),
    ([("user", "first"), ("assistant", ""), ("user", "second")], []),
]  # fmt: skip
RESPONSES = ["<think>3+5=8</think><answer>8</answer>", "", "\nnewlines\n\n", " dice 3 5 .", "e\u0301"]


def content(text):
    """The list form of a message: image and text parts in the order of the marks."""
    parts = []
    for i, piece in enumerate(text.split("<image>")):
        parts += [{"type": "image"}] * (i > 0) + [{"type": "text", "text": piece}] * (piece != "")
    return parts if "<image>" in text else text


def main():
    processor = AutoProcessor.from_pretrained(os.path.join(HERE, "..", "..", "models", "tiny-vl"))
    assert type(processor).__name__ == "Qwen2_5_VLProcessor"
    prompts = []
    for messages, sizes in CASES:
        images = [Image.new("RGB", size, (240, 240, 240)) for size in sizes]
        chat = [{"role": role, "content": content(text)} for role, text in messages]
        text = processor.apply_chat_template(chat, add_generation_prompt=True)
        inputs = processor(text=[text], images=images or None)
        merged = [int(t * h * w) // 4 for t, h, w in inputs["image_grid_thw"]] if images else []
        # What the template makes of an image, before the processor repeats its pad token.
        for n in merged:
            text = text.replace("<|vision_start|><|image_pad|><|vision_end|>",
                                "<|vision_start|>" + "<|image_pad|>" * n + "<|vision_end|>", 1)  # fmt: skip
        tokens = list(inputs["input_ids"][0])
        prompts.append({"messages": messages, "merged_patches": merged, "text": text, "tokens": tokens})
    end = processor.tokenizer.convert_tokens_to_ids("<|im_end|>")
    responses = [{"response": r, "tokens": processor.tokenizer(r).input_ids + [end]} for r in RESPONSES]
    with open(os.path.join(HERE, "text_chat.json"), "w") as f:
        for key, rows, close in (('{"prompts"', prompts, "],"), ('"responses"', responses, "]}")):
            f.write(key + ":[\n" + ",\n".join(json.dumps(r, separators=(",", ":")) for r in rows) + "\n" + close + "\n")


if __name__ == "__main__":
    main()
