"""The command line."""

from anchor_analysis.commands.app import main

__all__ = ["main"]
