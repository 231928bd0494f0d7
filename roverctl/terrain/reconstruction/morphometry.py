"""Figures of fresh lunar craters by diameter, metres in and out: for craters that nobody has measured for us.

Pike 1977 (Impact and Explosion Cratering, 489-509), his laws in kilometres; the break between simple and complex
craters is at 15 km. Central peaks: height after Hale and Grieve 1982 (JGR 87:A65), width a fifth of the crater's.
"""

SIMPLE_BELOW_M = 15_000.0
PEAK_FROM_M = 20_000.0


def depth_m(diameter_m: float) -> float:
    """Rim crest to floor: 0.196 D**1.010 (simple), 1.044 D**0.301 (complex)."""
    d = diameter_m / 1000.0
    return float(1000.0 * (0.196 * d**1.010 if diameter_m < SIMPLE_BELOW_M else 1.044 * d**0.301))


def rim_height_m(diameter_m: float) -> float:
    """Rim crest above the surroundings: 0.036 D**1.014 (simple), 0.236 D**0.399 (complex)."""
    d = diameter_m / 1000.0
    return float(1000.0 * (0.036 * d**1.014 if diameter_m < SIMPLE_BELOW_M else 0.236 * d**0.399))


def floor_diameter_m(diameter_m: float) -> float:
    """Of the flat floor: 0.031 D**1.765 (simple), 0.187 D**1.249 (complex)."""
    d = diameter_m / 1000.0
    return float(1000.0 * (0.031 * d**1.765 if diameter_m < SIMPLE_BELOW_M else 0.187 * d**1.249))


def peak_height_m(diameter_m: float) -> float:
    """Central peak above the floor: 0.0006 D**1.97, none below 20 km."""
    d = diameter_m / 1000.0
    return 1000.0 * 0.0006 * d**1.97 if diameter_m >= PEAK_FROM_M else 0.0
