#!/usr/bin/env python3
"""Forwards a run's metrics.jsonl to W&B, MLflow or SwanLab while the run works, or afterwards.

    python scripts/python/follow.py runs/quickstart-1 --to wandb --project crescent

Python 3.11 or later and nothing else, until the chosen service is imported. config.toml is sent as the configuration.
The services' own environment variables apply: WANDB_MODE=offline, MLFLOW_TRACKING_URI=..., SWANLAB_MODE=offline.

It ends when the run is finished (`--once`: when all that is there was sent) and never writes into the run directory.
A resumed run makes the steps after its checkpoint again; none of the services takes a step twice, so what was sent
first stays. A metric that is null in the file (no number) is not sent. Each call makes a new run at the service.
"""
import argparse
import importlib
import json
import os
import pathlib
import sys
import time
import tomllib


class Tail:
    """The whole lines of a file that grows, and that a resumed run cuts back."""

    def __init__(self, path):
        self.path, self.position, self.last = path, 0, b""

    def lines(self):
        if not self.path.exists():
            return
        with open(self.path, "rb") as file:
            file.seek(max(0, self.position - len(self.last)))
            if file.read(len(self.last)) != self.last:  # cut back, and perhaps written on since
                self.position, self.last = 0, b""
            file.seek(self.position)
            for line in file:
                if not line.endswith(b"\n"):  # still being written
                    return
                self.position, self.last = self.position + len(line), line
                yield line


def flat(table, prefix=""):
    """{"grpo": {"lr": 1}} -> {"grpo.lr": 1}"""
    out = {}
    for key, value in table.items():
        if isinstance(value, dict):
            out.update(flat(value, prefix + key + "."))
        elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            for i, item in enumerate(value, 1):
                out.update(flat(item, f"{prefix}{key}.{i}."))
        else:
            out[prefix + key] = value
    return out


class Print:
    """A line of JSON a step, for a look at what would be sent."""

    def __init__(self, project, name, config):
        print(json.dumps({"project": project, "name": name, "config": config}), flush=True)

    def step(self, step, phase, metrics):
        print(json.dumps({"step": step, "phase": phase, **metrics}), flush=True)

    def finish(self):
        pass


class Wandb:
    def __init__(self, project, name, config):
        self.run = importlib.import_module("wandb").init(project=project, name=name, config=config)

    def step(self, step, phase, metrics):
        self.run.log({**metrics, "phase": phase}, step=step)

    def finish(self):
        self.run.finish()


class Mlflow:
    """With "." for each "/": its file store takes a metric and one below it, as in reward and reward/exact_math, for a
    file and a folder of one name."""

    def __init__(self, project, name, config):
        self.mlflow = importlib.import_module("mlflow")
        self.mlflow.set_experiment(project)
        self.mlflow.start_run(run_name=name)
        settings = [(key, str(value)[:6000]) for key, value in flat(config).items() if str(value)]
        for begin in range(0, len(settings), 100):  # as many as it takes at once
            self.mlflow.log_params(dict(settings[begin:begin + 100]))

    def step(self, step, phase, metrics):
        self.mlflow.log_metrics({name.replace("/", "."): value for name, value in metrics.items()}, step=step)
        self.mlflow.set_tag("phase", phase)

    def finish(self):
        self.mlflow.end_run()


class Swanlab:
    def __init__(self, project, name, config):
        self.swanlab = importlib.import_module("swanlab")
        self.swanlab.init(project=project, experiment_name=name, config=config)

    def step(self, step, phase, metrics):
        self.swanlab.log(metrics, step=step)

    def finish(self):
        self.swanlab.finish()


SERVICES = {"print": Print, "wandb": Wandb, "mlflow": Mlflow, "swanlab": Swanlab}


def finished(run):
    manifest = run / "manifest.json"
    return manifest.exists() and json.loads(manifest.read_text())["finished"]


def follow(run, service, once, interval):
    """Sends every step once, in order."""
    tail, sent = Tail(run / "metrics.jsonl"), -1
    while True:
        last_look = once or finished(run)  # before reading: what the run wrote until it finished is read below
        for line in tail.lines():
            metrics = json.loads(line)
            step, phase = metrics.pop("step"), metrics.pop("phase")
            metrics.pop("view", None)
            if step > sent:
                service.step(step, phase, {key: value for key, value in metrics.items() if value is not None})
                sent = step
        if last_look:
            return
        time.sleep(interval)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0], epilog=__doc__.split("\n\n", 1)[1],
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=pathlib.Path, help="run directory")
    parser.add_argument("--to", choices=SERVICES, required=True, help="where to")
    parser.add_argument("--project", default="crescent", help="project or experiment there [crescent]")
    parser.add_argument("--name", help="name there [the run directory's]")
    parser.add_argument("--once", action="store_true", help="send what is there and end")
    parser.add_argument("--interval", type=float, default=1, help="seconds between two looks [1]")
    options = parser.parse_args()
    if not (options.run / "config.toml").exists():
        parser.error(f"{options.run} is not a run directory: it has no config.toml")
    config = tomllib.loads((options.run / "config.toml").read_text())
    try:
        service = SERVICES[options.to](options.project, options.name or options.run.resolve().name, config)
    except ModuleNotFoundError as error:
        package = {"mlflow": "mlflow or mlflow-skinny"}.get(options.to, options.to)
        sys.exit(f"{error}: install {package} for this Python ({sys.executable})")
    except Exception as error:  # the service's own: no connection, no key, ...
        sys.exit(f"{options.to} refused: {error}")
    try:
        follow(options.run, service, options.once, options.interval)
    except KeyboardInterrupt:
        print("stopped; the run itself goes on", file=sys.stderr)
    finally:
        service.finish()


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:  # `... --to print | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
