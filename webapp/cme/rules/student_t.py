"""Student's t distribution: the quantile that a confidence interval needs. Pure; no scipy at run time."""

from math import exp, lgamma, log, log1p, pi, sqrt

_TINY = 1e-300
_MOST_TERMS = 1_000
"""Our choice; a fraction of up to ten million degrees of freedom needs under a hundred."""
_LARGE = 50
"""From here on the first term that the series leaves out is below 1e-14."""
_HALVINGS = 200
"""Enough to reach neighbouring floating-point numbers from any bracket."""


def quantile(probability: float, degrees: int) -> float:
    """The value that a t of so many degrees of freedom is below with that probability.

    Within 1e-10 of scipy's. Raises ValueError for a probability outside 0-1 or less than one degree.
    """
    if not 0 < probability < 1 or degrees < 1:
        raise ValueError(f"no quantile of {probability} with {degrees} degrees of freedom")
    if probability == 0.5:
        return 0.0
    if probability < 0.5:
        return -quantile(1 - probability, degrees)
    low, high = 0.0, 1.0
    while _above(high, degrees) > 1 - probability:
        low, high = high, 2 * high
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if _above(middle, degrees) > 1 - probability else (low, middle)
    return high


def _above(value: float, degrees: int) -> float:
    """The probability of a t above `value`, which is not negative."""
    return _incomplete_beta(degrees, value * value) / 2


def _incomplete_beta(degrees: int, square: float) -> float:
    """The regularised incomplete beta I_x(degrees/2, 1/2) at x = degrees / (degrees + square).

    By its continued fraction, which converges fast on one side of the mean; on the other side, by symmetry (Abramowitz
    and Stegun, 26.5.8 and 26.5.2; t's distribution, 26.7.1).
    """
    if square == 0:
        return 1.0
    first, second = degrees / 2, 0.5
    inside = degrees / (degrees + square)
    outside = square / (degrees + square)
    # log1p keeps the digits of a logarithm close to nothing
    log_inside = -log1p(square / degrees)
    front = exp(_log_gamma_step(first) - log(pi) / 2 + first * log_inside + log(outside) / 2)
    if inside < (first + 1) / (first + second + 2):
        return front * _fraction(first, second, inside) / first
    return 1 - front * _fraction(second, first, outside) / second


def _log_gamma_step(value: float) -> float:
    """The logarithm of gamma(value + 1/2) / gamma(value)."""
    if value < _LARGE:
        return lgamma(value + 0.5) - lgamma(value)
    # The difference of two large logarithms loses digits; this series of theirs (6.1.41) does not.
    return log(value) / 2 - 1 / (8 * value) + 1 / (192 * value**3) - 1 / (640 * value**5)


def _fraction(first: float, second: float, at: float) -> float:
    """The continued fraction of the incomplete beta, by Lentz's method."""
    numerator, denominator = 1.0, 1 / _kept(1 - (first + second) * at / (first + 1))
    value = denominator
    for term in range(1, _MOST_TERMS):
        for factor in _factors(term, first, second, at):
            denominator = 1 / _kept(1 + factor * denominator)
            numerator = _kept(1 + factor / numerator)
            change = numerator * denominator
            value *= change
        if abs(change - 1) < 1e-16:
            break
    return value


def _factors(term: int, first: float, second: float, at: float) -> tuple[float, float]:
    twice = first + 2 * term
    return (term * (second - term) * at / ((twice - 1) * twice),
            -(first + term) * (first + second + term) * at / (twice * (twice + 1)))


def _kept(value: float) -> float:
    """The value, kept from zero: it is divided by."""
    return value if abs(value) > _TINY else _TINY


def interval(mean: float, deviation: float, count: int, confidence: float) -> tuple[float, float]:
    """The confidence interval of a mean of `count` (at least 2) values with that standard deviation."""
    reach = quantile((1 + confidence) / 2, count - 1) * deviation / sqrt(count)
    return mean - reach, mean + reach
