"""Runs a Python function as a reward: crescent starts this file, nobody else needs to.

    reward.py FILE.py:FUNCTION describe            what the function is and which options it takes, as JSON
    reward.py FILE.py:FUNCTION serve '{...}'       reads responses as lines of JSON, writes verdicts (docs/outside_rewards.md)

The argument with one of these names tells the function's form:
    f(completions, **columns)   TRL: lists in, a list of floats out, None where it has nothing to say
    f(reward_inputs)            EasyR1, a batch: a list of dicts in, a list of dicts with "overall" out
    f(reward_input)             EasyR1, one: a dict in, a dict out
Standard library only.
"""
import asyncio
import importlib.util
import inspect
import json
import math
import os
import sys
import traceback

FORMS = {"completions": "trl", "reward_inputs": "easyr1_batch", "reward_input": "easyr1"}
GIVEN = {"prompts", "completions"}  # not columns of the record
PLAIN = (bool, int, float, str)


def load(target):
    path, name = target.rsplit(":", 1)
    path = os.path.abspath(path)
    if not os.path.isfile(path):
        raise SystemExit(f"there is no file {path}")
    sys.path.insert(0, os.path.dirname(path))
    spec = importlib.util.spec_from_file_location(os.path.splitext(os.path.basename(path))[0], path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    function = getattr(module, name, None)
    if not callable(function):
        known = [n for n, f in vars(module).items() if inspect.isfunction(f) and f.__module__ == spec.name]
        raise SystemExit(f"{path} has no function {name}; it has {', '.join(known) or 'none'}")
    return function


def form_of(function):
    for name in inspect.signature(function).parameters:
        if name in FORMS:
            return FORMS[name]
    raise SystemExit(
        f"{function.__name__}{inspect.signature(function)} has none of the arguments that tell how to call it: "
        f"{', '.join(FORMS)}"
    )


def describe(function):
    form = form_of(function)
    options, columns, open_ended = [], [], False
    for name, parameter in inspect.signature(function).parameters.items():
        if name in FORMS or name in GIVEN or parameter.kind is parameter.VAR_POSITIONAL:
            continue
        if parameter.kind is parameter.VAR_KEYWORD:
            open_ended = True
        elif parameter.default is parameter.empty and form == "trl":
            columns.append(name)
        else:
            default = parameter.default if isinstance(parameter.default, PLAIN) else None
            options.append({"name": name, "default": default, "required": parameter.default is parameter.empty})
    return {"form": form, "options": options, "columns": columns, "open": open_ended}


def number(value, what="score"):
    value = float(value)
    if not math.isfinite(value):
        raise ValueError(f"the {what} is {value}")
    return value


def field(sample, name):
    """A field of the record, by the names that records have, or by the column's own."""
    if name == "answer":
        return sample["gold"]
    if name in ("problem", "prompt"):
        return sample["prompt"]
    if name == "id":
        return sample["record"]
    return sample["columns"][name]


class Judge:
    def __init__(self, function, options, columns, messages):
        self.function, self.columns, self.messages = function, columns, messages
        self.form = form_of(function)
        parameters = inspect.signature(function).parameters
        described = describe(function)
        if self.form == "trl":  # an argument that was left at its default takes the record's column where there is one
            default = {o["name"]: o.get("default") for o in described["options"]}
            options = {name: value for name, value in options.items() if name not in default or value != default[name]}
        self.options = options
        self.wanted = [n for n in described["columns"] if n not in options]
        self.welcome = {o["name"] for o in described["options"]} - set(options)  # given where the record has them
        self.takes_prompts = "prompts" in parameters
        self.takes_all = any(p.kind is p.VAR_KEYWORD for p in parameters.values())

    def judge(self, samples):
        """One verdict a sample: a number, None, or (number, parts)."""
        if self.form == "trl":
            return self.judge_trl(samples)
        inputs = [
            {"response": s["response"], "response_length": s["tokens"], "ground_truth": s["gold"]} for s in samples
        ]
        if self.form == "easyr1_batch":
            return [self.read_dict(d) for d in self.expect(self.call(reward_inputs=inputs), len(samples))]
        return [self.read_dict(self.call(reward_input=one)) for one in inputs]

    def judge_trl(self, samples):
        there = set.intersection(*(set(s["columns"]) for s in samples)) | {"answer"}
        names = set(self.wanted) | set(self.columns) | (there if self.takes_all else there & self.welcome)
        names -= set(self.options) | GIVEN
        columns = {}
        for name in sorted(names):
            source = self.columns.get(name, name)
            try:
                columns[name] = [field(s, source) for s in samples]
            except KeyError:
                there = ["problem", "answer", "id"] + sorted(samples[0]["columns"])
                raise LookupError(
                    f'the function wants "{name}", but record "{samples[0]["record"]}" has no field "{source}"; '
                    f'it has {", ".join(there)}: say which one it is with columns = {{ {name} = "..." }}'
                ) from None
        if self.takes_prompts or self.takes_all:
            columns["prompts"] = [self.say("user", s["prompt"]) for s in samples]
        columns["completions"] = [self.say("assistant", s["response"]) for s in samples]
        scores = self.expect(self.call(**columns), len(samples))
        return [None if score is None else number(score) for score in scores]

    def say(self, role, text):
        return [{"role": role, "content": text}] if self.messages else text

    def call(self, **given):
        result = self.function(**given, **self.options)
        return asyncio.run(result) if inspect.iscoroutine(result) else result

    @staticmethod
    def expect(scores, n):
        scores = list(scores)
        if len(scores) != n:
            raise WrongLength(f"the function gave {len(scores)} scores for {n} responses")
        return scores

    @staticmethod
    def read_dict(scores):
        if scores is None:
            return None
        if not isinstance(scores, dict):
            return number(scores)
        if "overall" not in scores:
            raise ValueError(f'the function gave {scores!r}, which has no "overall"')
        parts = {k: number(v, f'part "{k}"') for k, v in scores.items() if k != "overall" and v is not None}
        return number(scores["overall"]), parts


class WrongLength(Exception):
    """A mistake of the function: of one response alone it might not show, and the scores would be another function's."""


def verdicts(judge, samples):
    """The answer to each sample; one that fails in company is asked about alone, which the log tells of."""
    try:
        found = judge.judge(samples)
    except WrongLength as error:
        return [{"id": s["id"], "error": str(error)} for s in samples]
    except Exception as error:
        if len(samples) > 1:
            print(f"{type(error).__name__}: {error}: of {len(samples)} responses together, each is judged alone",
                  file=sys.stderr)
            return [verdicts(judge, [s])[0] for s in samples]
        traceback.print_exc()
        return [{"id": samples[0]["id"], "error": f"{type(error).__name__}: {error}"}]
    answers = []
    for sample, verdict in zip(samples, found):
        score, parts = verdict if isinstance(verdict, tuple) else (verdict, {})
        answers.append({"id": sample["id"], "score": score, "parts": parts})
    return answers


def take_pipes():
    """The host's pipes, kept from what the function prints or reads: that goes to stderr, and comes from nowhere."""
    lines, answers = os.fdopen(os.dup(0), "r", encoding="utf-8"), os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    sys.stdout.reconfigure(line_buffering=True)  # what is printed is in the log at once
    return lines, answers


def serve(lines, answers, judge):
    for line in lines:
        samples = [json.loads(line)]
        while len(samples) < samples[0]["batch_size"]:
            samples.append(json.loads(next(lines)))
        for answer in verdicts(judge, samples):
            answers.write(json.dumps(answer) + "\n")
        answers.flush()


def main():
    target, mode = sys.argv[1], sys.argv[2]
    lines, answers = take_pipes()
    function = load(target)
    if mode == "describe":
        answers.write(json.dumps(describe(function)) + "\n")
        answers.flush()
        return
    setup = json.loads(sys.argv[3])
    answers.write('{"ready": true}\n')
    answers.flush()
    serve(lines, answers, Judge(function, setup["options"], setup["columns"], setup["completions"] == "messages"))


if __name__ == "__main__":
    main()
