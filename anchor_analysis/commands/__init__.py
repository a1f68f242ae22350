"""The command line."""

from anchor_analysis.commands.app import command_line, main

__all__ = ["command_line", "main"]
