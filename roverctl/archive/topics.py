"""What our logs call themselves and their raw channels."""

from typing import Final

from roverctl.core.nouns import Direction

PROFILE: Final = "roverctl"
RAW_TOPICS: Final = {Direction.TM: "/raw/tm", Direction.TC: "/raw/tc", Direction.CLCW: "/raw/clcw"}
RAW_ENCODINGS: Final = {
    Direction.TM: "ccsds-space-packet",
    Direction.TC: "ccsds-space-packet",
    Direction.CLCW: "ccsds-clcw",
}
