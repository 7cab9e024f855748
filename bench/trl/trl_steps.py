#!/usr/bin/env python3
"""trl_steps.py MODEL DATA: TRL's GRPOTrainer, set up as its users would on a CPU, for the step of experiment.lua.

Tells each finished optimizer step by a line of JSON, as `crescent run --json` does. With --replay ROLLOUTS it makes one
step on the responses that `crescent show RUN --step 1 --json` printed, and writes what TRL made of them to --out."""

import argparse
import json
import os

parser = argparse.ArgumentParser()
parser.add_argument("model")
parser.add_argument("data")
parser.add_argument("--view", default="image", choices=["image", "text"])
parser.add_argument("--prompts", type=int, default=8)
parser.add_argument("--group", type=int, default=8)
parser.add_argument("--tokens", type=int, default=64)
parser.add_argument("--steps", type=int, default=6)
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--bf16", action="store_true", help="TRL's default: autocast; here the comparison is in fp32")
parser.add_argument("--replay")
parser.add_argument("--out")
args = parser.parse_args()

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(args.threads)
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import tempfile

import torch
from datasets import Dataset, Image
from transformers import AutoProcessor, Qwen2_5_VLForConditionalGeneration, TrainerCallback
from trl import GRPOConfig, GRPOTrainer

torch.set_num_threads(args.threads)


def digits(completions, answer, **_):
    """As in experiment.lua."""
    scores = []
    for completion, gold in zip(completions, answer):
        text = completion[0]["content"]
        scores.append(float(gold in text) + 0.01 * sum("0" <= c <= "9" for c in text))
    return scores


def read_records():
    with open(os.path.join(args.data, "train.jsonl")) as lines:
        return [json.loads(line) for line in lines]


def dataset_of(records):
    text = "text_problem" if args.view == "text" else "problem"
    questions = [r[text].replace("<image>", "") for r in records]
    columns = {
        "prompt": [[{"role": "user", "content": question}] for question in questions],
        "answer": [r["answer"] for r in records],
    }
    if args.view == "text":
        return Dataset.from_dict(columns)
    columns["image"] = [os.path.join(args.data, r["images"][0]) for r in records]
    return Dataset.from_dict(columns).cast_column("image", Image())


def settings(**more):
    size = args.prompts * args.group
    return GRPOConfig(
        output_dir=tempfile.mkdtemp(prefix="trl"), use_cpu=True, bf16=args.bf16, gradient_checkpointing=False,
        per_device_train_batch_size=size, num_generations=args.group, max_completion_length=args.tokens,
        max_steps=args.steps, beta=0.0, temperature=1.0, use_vllm=False, learning_rate=1e-5, lr_scheduler_type="constant",
        report_to="none", save_strategy="no", logging_steps=10**6, disable_tqdm=True, seed=0, **more,
    )  # fmt: skip


class TellSteps(TrainerCallback):
    def on_step_end(self, _, state, control, **__):
        print(json.dumps({"event": "step", "step": state.global_step}), flush=True)


def trainer_of(records, config, callbacks):
    model = Qwen2_5_VLForConditionalGeneration.from_pretrained(args.model, dtype=torch.float32, attn_implementation="sdpa")
    processor = AutoProcessor.from_pretrained(args.model, padding_side="left")
    return GRPOTrainer(
        model=model, processing_class=processor, reward_funcs=digits, args=config, train_dataset=dataset_of(records),
        callbacks=callbacks,
    )  # fmt: skip


def replay(path, out):
    """One step of TRL on the given responses: what it saw and made of them goes to `out`."""
    with open(path) as lines:
        rollouts = [r for r in map(json.loads, lines) if r.get("source") == "train"]
    ids = [r["prompt"] for r in rollouts[:: args.group]]
    by_id = {r["id"]: r for r in read_records()}
    seen = {}

    class TakeGradients(TrainerCallback):
        def on_pre_optimizer_step(self, _, state, control, model=None, **__):
            seen["gradients"] = {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}

    config = settings(shuffle_dataset=False, max_grad_norm=0.0)
    trainer = trainer_of([by_id[i] for i in ids], config, [TakeGradients()])

    def given_responses(prompt_ids, *_):
        seen["prompt_tokens"] = [len(p) for p in prompt_ids]
        return [r["tokens"] for r in rollouts], None

    score, logprobs, loss = trainer._generate_and_score_completions, trainer._get_per_token_logps_and_entropies, trainer.compute_loss

    def keep_advantages(inputs):
        made = score(inputs)  # before TRL shuffles the rows
        seen["advantages"] = made["advantages"].clone()
        return made

    def keep_logprobs(model, input_ids, *more, **named):
        made = logprobs(model, input_ids, *more, **named)
        seen["logprobs"], seen["tokens"] = made[0].detach().clone(), input_ids[:, -made[0].size(1) :].clone()
        return made

    def keep_loss(*inputs, **named):
        made = loss(*inputs, **named)
        seen["loss"] = made.detach().clone()
        return made

    trainer._generate_single_turn = given_responses
    trainer._generate_and_score_completions = keep_advantages
    trainer._get_per_token_logps_and_entropies = keep_logprobs
    trainer.compute_loss = keep_loss
    trainer.train()
    torch.save(seen, out)


if __name__ == "__main__":
    if args.replay:
        replay(args.replay, args.out)
    else:
        trainer_of(read_records(), settings(), [TellSteps()]).train()
