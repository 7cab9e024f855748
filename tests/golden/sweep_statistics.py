"""Writes statistics.json: what scipy and statsmodels make of samples that core/stats is given as well.

t intervals and p values: scipy. Holm, power, seeds needed, repeated-measures F: statsmodels. Neither has a studentised
bootstrap or Greenhouse and Geisser's epsilon, so both are written here from their definitions, by another way than in
core/stats: every ordered resample, and the double-centred covariance of the cells.

    python tests/golden/sweep_statistics.py     # PYTHON_STATISTICS_PACKAGES of cmake/versions.env
"""

import itertools
import json
import math
import pathlib

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.anova import AnovaRM
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower

generator = np.random.default_rng(20)


def numbers(values):
    return [round(float(v), 6) for v in values]


def bootstrap_t(x):
    """Quantiles of (mean* - mean) / se* over all n^n resamples; an end without a finite quantile is None."""
    x = np.asarray(x)
    n, mean = len(x), x.mean()
    resamples = x[np.array(list(itertools.product(range(n), repeat=n)))]
    centre, spread = resamples.mean(1) - mean, resamples.std(1, ddof=1) / math.sqrt(n)
    same = np.ptp(resamples, axis=1) == 0
    t = np.where(same, np.where(centre == 0, 0, np.copysign(np.inf, centre)), centre / np.where(same, 1, spread))
    t.sort()
    k = math.ceil(0.025 * len(t))  # the k-th smallest and the k-th largest
    low, high = t[k - 1], t[-k]
    error = x.std(ddof=1) / math.sqrt(n)
    ends = [mean - high * error, mean - low * error]
    return ends if np.isfinite(ends).all() else None


def paired_case(setting, baseline):
    setting, baseline = numbers(setting), numbers(baseline)
    d = np.subtract(setting, baseline)
    test = stats.ttest_rel(setting, baseline)
    ci = test.confidence_interval(0.95)
    case = {"setting": setting, "baseline": baseline, "mean": d.mean(), "deviation": d.std(ddof=1),
            "t_interval": [ci.low, ci.high], "p": test.pvalue,
            "sd_interval": [d.std(ddof=1) * math.sqrt((len(d) - 1) / stats.chi2.ppf(q, len(d) - 1)) for q in (0.975, 0.025)]}
    if len(d) <= 6:
        case["bootstrap"] = bootstrap_t(d)
    return case




def factorial_case(levels, seeds):
    """Cells in row-major order; seeds differ, effects differ between seeds, and contrasts do not vary alike."""
    shape = (seeds, *levels)
    values = 0.5 + generator.normal(size=(seeds,) + (1,) * len(levels)) * 0.05 + generator.normal(size=shape) * 0.02
    values = values + np.linspace(0, 0.04, levels[0]).reshape((1, -1) + (1,) * (len(levels) - 1))
    values = values + generator.normal(size=(seeds, levels[0]) + (1,) * (len(levels) - 1)) * np.linspace(0, 0.03, levels[0]).reshape((1, -1) + (1,) * (len(levels) - 1))
    values = np.round(values, 6)
    names = [f"f{i}" for i in range(len(levels))]
    rows = [dict(zip(names, place[1:]), seed=place[0], y=values[place]) for place in np.ndindex(shape)]
    table = AnovaRM(pd.DataFrame(rows), "y", "seed", within=names).fit().anova_table
    effects = []
    for order in (1, 2):
        for factors in itertools.combinations(range(len(levels)), order):
            row = table.loc[":".join(names[f] for f in factors)]
            # Epsilon from means over the other factors, centred along each factor of the effect (Box 1954).
            others = tuple(f + 1 for f in range(len(levels)) if f not in factors)
            means = values.mean(axis=others)
            for axis in range(1, order + 1):
                means = means - means.mean(axis=axis, keepdims=True)
            covariance = np.cov(means.reshape(seeds, -1), rowvar=False)
            d = row["Num DF"]
            eps = np.trace(covariance) ** 2 / (d * (covariance ** 2).sum())
            effects.append({"factors": list(factors), "f": row["F Value"], "degrees1": d, "degrees2": row["Den DF"],
                            "uncorrected_p": row["Pr > F"], "epsilon": eps,
                            "p": stats.f.sf(row["F Value"], eps * d, eps * row["Den DF"])})
    return {"levels": list(levels), "values": values.reshape(seeds, -1).tolist(), "effects": effects}


def bca_case(x):
    x = numbers(x)
    found = stats.bootstrap((x,), np.mean, confidence_level=0.95, method="BCa", n_resamples=400_000,
                            rng=np.random.default_rng(1)).confidence_interval
    return {"values": x, "interval": [found.low, found.high]}


paired = [paired_case(0.5 + generator.normal(size=n) * 0.03, 0.48 + generator.normal(size=n) * 0.03) for n in (2, 3, 4, 5, 6, 8, 30)]
paired.append(paired_case([0.75, 0.7421875, 0.8125, 0.6875, 0.7265625], [0.71875, 0.71875, 0.7265625, 0.671875, 0.7109375]))
paired.append(paired_case([1, 1, 1, 1, 9.5], [0.25, 0.5, 0.25, 0.75, 0.5]))  # skewed
holm = [[0.01], [0.04, 0.01, 0.03], [0.2, 0.001, 0.04, 0.011, 0.9], [0.03, 0.03, 0.03, 0.5], [1e-9, 0.0499, 0.0499]]
power = TTestPower()


def power_of(n, difference, deviation):
    found = float(power.power(abs(difference) / deviation, n, 0.05))
    assert not math.isnan(found), (n, difference, deviation)  # as scipy's noncentral t is for large effects
    return found


sizes = [(0.02, 0.02), (0.01, 0.02), (0.05, 0.02), (-0.03, 0.02), (0.001, 0.02), (2.0, 1.0)]

result = {
    "paired": paired,
    "holm": [{"p": p, "adjusted": list(multipletests(p, method="holm")[1])} for p in holm],
    "power": [{"n": n, "difference": d, "deviation": s, "power": power_of(n, d, s)}
              for n in (2, 5, 8, 40) for d, s in sizes[:4]
              if math.sqrt(n) * abs(d) / s < 8],  # scipy has NaN above
    "seeds": [{"difference": d, "deviation": s, "seeds": next(
        n for n in itertools.count(2) if power_of(n, d, s) >= 0.8)} for d, s in sizes],
    "factorial": [factorial_case((2,), 5), factorial_case((3,), 8), factorial_case((2, 3), 5), factorial_case((3, 4), 6),
                  factorial_case((2, 3, 2), 4)],
    "bca": [bca_case(generator.normal(size=n) * 0.03) for n in (5, 8)],
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(result, indent=1, default=float, allow_nan=False) + "\n")
