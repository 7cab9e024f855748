#!/usr/bin/env python3
"""Our answer checker against Math-Verify, MathRuler and TRL's accuracy_reward, on the cases of tests/answers/cases.

    python3 -m venv venv && venv/bin/pip install math-verify==0.9.0 latex2sympy2_extended==1.11.0 \\
        antlr4-python3-runtime==4.13.2 mathruler==0.1.0 pylatexenc==2.10 tqdm
    venv/bin/pip install --no-deps trl==1.16.0
    ninja -C build answer_checker
    venv/bin/python scripts/dev/compare_answer_checkers.py --checker build/bench/answer_checker

One process, one case after the other, each timed alone (ours within its own process, best of three). A checker that
raises or reports nothing has not accepted. Answers are given inside \\boxed{}, responses as they are; golds as
$...$ to the checkers that parse LaTeX. TRL's accuracy_reward is loaded from its file, so that torch is not needed.
"""
import argparse
import importlib.util
import json
import pathlib
import statistics
import subprocess
import sys
import time

CASES = pathlib.Path(__file__).resolve().parents[2] / "tests" / "answers" / "cases"


def read_cases(folders):
    """[(category, response, gold, same)] in the order of the files."""
    cases = []
    for folder in folders:
        for path in sorted(folder.glob("*.txt")):
            category = gold = None
            for line in path.read_text(encoding="utf8").splitlines():
                mark, text = line[:2], line[2:]
                if mark == "# ":
                    category = text
                elif mark == "@ ":
                    gold = text
                elif mark in ("= ", "! "):
                    whole = path.name == "responses.txt"
                    response = text.replace("⏎", "\n") if whole else "\\boxed{" + text + "}"
                    cases.append((category, response, gold, mark == "= "))
    return cases


def ours(program):
    def judge(cases):
        lines = "".join(json.dumps({"response": r, "gold": g}) + "\n" for _, r, g, _ in cases)
        out = subprocess.run([program], input=lines, capture_output=True, text=True, check=True).stdout
        return [(v["same"], v["ms"]) for v in map(json.loads, out.splitlines())]

    return judge


def each(check):
    def judge(cases):
        verdicts = []
        for _, response, gold, _ in cases:
            start = time.perf_counter()
            try:
                same = bool(check(response, gold))
            except Exception:
                same = False
            verdicts.append((same, 1e3 * (time.perf_counter() - start)))
        return verdicts

    return judge


def math_verify():
    from math_verify import parse, verify

    return lambda response, gold: verify(parse(f"${gold}$"), parse(response))


def mathruler():
    from mathruler.grader import extract_boxed_content, grade_answer

    return lambda response, gold: grade_answer(extract_boxed_content(response), gold)


def trl():
    root = pathlib.Path(importlib.util.find_spec("trl").origin).parent
    source = (root / "rewards" / "accuracy_rewards.py").read_text().replace("from ..import_utils", "from trl_import_utils")
    import types

    utils = types.ModuleType("trl_import_utils")
    utils.is_math_verify_available = lambda: True
    sys.modules["trl_import_utils"] = utils
    module = types.ModuleType("accuracy_rewards")
    exec(compile(source, "accuracy_rewards.py", "exec"), module.__dict__)

    def check(response, gold):
        return module.accuracy_reward([[{"content": response}]], [f"${gold}$"])[0] == 1.0

    return check


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checker", required=True, help="build/bench/answer_checker")
    parser.add_argument("--wrong", metavar="NAME", help="also list what this checker gets wrong")
    args = parser.parse_args()
    cases = read_cases([CASES, CASES / "held_back"])
    checkers = {
        "crescent": ours(args.checker),
        "Math-Verify": each(math_verify()),
        "MathRuler": each(mathruler()),
        "TRL accuracy_reward": each(trl()),
    }
    different = sum(not same for *_, same in cases)
    print(f"{len(cases)} cases, {different} of them different answers\n")
    print("| checker | right | false accepts | false rejects | median ms | p99 ms | worst ms |")
    print("|---|---|---|---|---|---|---|")
    for name, judge in checkers.items():
        verdicts = judge(cases)
        accepts = sum(v and not c[3] for c, (v, _) in zip(cases, verdicts))
        rejects = sum(c[3] and not v for c, (v, _) in zip(cases, verdicts))
        ms = [t for _, t in verdicts]
        right = 100 * (1 - (accepts + rejects) / len(cases))
        print(f"| {name} | {right:.1f} % | {accepts} | {rejects} | {statistics.median(ms):.4f} | "
              f"{percentile(ms, 0.99):.3f} | {max(ms):.2f} |", flush=True)
        if args.wrong == name:
            for (category, response, gold, same), (v, _) in zip(cases, verdicts):
                if v != same:
                    print(f"  {'false accept' if v else 'false reject'} [{category}] {response!r} against {gold!r}")


if __name__ == "__main__":
    main()
