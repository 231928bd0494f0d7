"""Frame loss against counting by chance, and fades against their definition."""

import math

import numpy as np
import pytest

from roverctl.relay.delivery.frame_loss import cltu_loss, faded, tm_frame_loss


@pytest.mark.parametrize("errors", [1e-4, 3e-4, 1e-3])
def test_a_cltu_is_lost_by_one_wrong_bit(errors: float) -> None:
    flips = np.random.default_rng(3).random((4000, 98 * 8)) < errors
    assert cltu_loss(errors, 98) == pytest.approx(flips.any(axis=1).mean(), abs=0.03)
    assert cltu_loss(1e-9, 98) == pytest.approx(98 * 8e-9, rel=1e-6)


@pytest.mark.parametrize("errors", [5e-3, 6e-3, 8e-3])
def test_a_telemetry_frame_is_lost_by_seventeen_wrong_symbols_in_one_of_five_codewords(errors: float) -> None:
    rng = np.random.default_rng(4)
    wrong = np.stack([(rng.random((1500, 255 * 8)) < errors).reshape(1500, 255, 8).any(axis=2) for _ in range(5)])
    lost = (wrong.sum(axis=2) > 16).any(axis=0)
    assert tm_frame_loss(errors) == pytest.approx(lost.mean(), abs=0.05)


def test_loss_rises_with_errors_and_a_clean_link_loses_nothing() -> None:
    rates = [1e-9, 1e-6, 1e-4, 1e-3, 5e-3, 1e-2, 0.1, 0.49]
    losses = [tm_frame_loss(rate) for rate in rates]
    assert losses == sorted(losses) and losses[0] < 1e-60 and losses[-1] > 0.999


def test_a_fade_takes_its_decibels_from_eb_over_n0() -> None:
    assert faded(1e-9, 0.0) == pytest.approx(1e-9, rel=1e-6)
    # Coherent PSK: 9.6 dB give 1e-5 (any textbook), so 6.6 dB less 3 dB of fade give Q(sqrt(2 * 10^0.66)).
    at_96 = 0.5 * math.erfc(math.sqrt(10**0.96))
    assert at_96 == pytest.approx(1e-5, rel=0.05)
    assert faded(at_96, 3.0) == pytest.approx(0.5 * math.erfc(math.sqrt(10**0.66)), rel=1e-6)
