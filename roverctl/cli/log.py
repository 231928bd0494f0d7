"""``roverctl log``: what is in a log."""

import argparse
from pathlib import Path

from roverctl.cli.main import print_json, say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="info")
    info = actions.add_parser("info", help="format, span, contents and damage")
    info.add_argument("file", type=Path)
    info.add_argument("--json", action="store_true", help="one JSON document on standard output")


def run(arguments: argparse.Namespace) -> int:
    """Print a summary; damage is told and is no error while anything can be read."""
    from roverctl.archive.reader import log_summary

    summary = log_summary(arguments.file)
    if arguments.json:
        print_json(summary)
    else:
        print(f"{arguments.file}: {summary['format']}, {summary['messages']} messages")  # noqa: T201
        print(f"  {summary['start']}  to  {summary['end']}")  # noqa: T201
        for topic in summary["topics"]:
            print(f"  {topic['topic']:<24} {topic['messages']:>10}")  # noqa: T201
    for note in summary["notes"]:
        say(f"roverctl: {arguments.file}: {note}")
    if summary["lost"]:
        say(f"roverctl: {arguments.file}: {summary['lost']} bytes gave nothing (of a chunk that is cut: unpacked)")
    return 0
