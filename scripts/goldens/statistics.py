"""Golden values of distributions, intervals and tests, by SciPy.

    python scripts/goldens/statistics.py

writes src/evaluation/goldens/statistics.json. Run by hand; needs scipy.
"""

import json
from pathlib import Path

import numpy as np
from scipy import special, stats

generator = np.random.default_rng(20)

BETA = [(0.025, 1, 30), (0.975, 5, 26), (0.5, 0.5, 0.5), (0.9, 120, 380), (0.01, 450.5, 50)]
INCOMPLETE = [(0.1, 2, 3), (0.9, 2, 3), (0.5, 100, 100), (0.02, 0.5, 40), (0.999, 300, 0.5)]
NORMAL = [-8, -3.2, -1, -0.1, 0, 0.5, 1.96, 4, 7]
T = [(0.975, 1), (0.975, 4), (0.975, 29), (0.9, 499), (0.025, 10)]
COUNTS = [(0, 30), (1, 30), (15, 30), (30, 30), (212, 500), (3, 7)]
DISCORDANT = [(0, 0), (1, 5), (10, 3), (40, 61), (7, 7)]

differences = [
    np.round(generator.integers(-4, 6, size=size) / 4, 2).tolist() for size in (5, 9, 14)
]
scores = (generator.integers(0, 9, size=40) / 8).tolist()


def sign_flip(values):
    """SciPy's paired test against zero: swapping a value with 0 flips the sign of its difference."""
    values = np.array([value for value in values if value != 0])
    result = stats.permutation_test(
        (values, np.zeros_like(values)),
        lambda x, y, axis: np.mean(x - y, axis=axis),
        permutation_type="samples",
        n_resamples=np.inf,
        alternative="two-sided",
        vectorized=True,
    )
    return float(result.pvalue)


def wilson(successes, n):
    interval = stats.binomtest(successes, n).proportion_ci(method="wilson")
    return [float(interval.low), float(interval.high)]


bootstrap = stats.bootstrap((np.array(scores),), np.mean, n_resamples=200_000, method="BCa", random_state=1)

golden = {
    "made by": "scripts/goldens/statistics.py",
    "betaQuantile": [[p, a, b, float(stats.beta.ppf(p, a, b))] for p, a, b in BETA],
    "incompleteBeta": [[x, a, b, float(special.betainc(a, b, x))] for x, a, b in INCOMPLETE],
    "normalCdf": [[z, float(stats.norm.cdf(z))] for z in NORMAL],
    "normalQuantile": [[p, float(stats.norm.ppf(p))] for p in (1e-9, 0.001, 0.025, 0.4, 0.5, 0.975, 0.9999)],
    "tQuantile": [[p, v, float(stats.t.ppf(p, v))] for p, v in T],
    "wilson": [[c, n, *wilson(c, n)] for c, n in COUNTS],
    "mcnemar": [[a, b, float(stats.binomtest(a, a + b).pvalue) if a + b else 1.0] for a, b in DISCORDANT],
    "signFlip": [[values, sign_flip(values)] for values in differences],
    "bootstrap": {
        "scores": scores,
        "low": float(bootstrap.confidence_interval.low),
        "high": float(bootstrap.confidence_interval.high),
    },
}

target = Path(__file__).parents[2] / "src/evaluation/goldens/statistics.json"
target.write_text(json.dumps(golden, indent=1) + "\n")
