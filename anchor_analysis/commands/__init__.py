"""The command line. Nothing is imported here that takes time: until then no signal would be heeded."""

import gc

from anchor_analysis.commands.beginning import have_a_home, in_utf8, open_streams
from anchor_analysis.commands.ending import ends_when_told

__all__ = ["command_line", "main"]

#: After how many new objects Python looks for those that hold only each other, of which frames of figures make few;
#: to look as often as it does by itself takes a twentieth of a run.
GARBAGE = (50_000, 20, 100)


def command_line() -> None:
    """Do as `main`, in a process that ends with it, or when it is told to (130 after Ctrl-C, 143 if it is terminated).

    What Python says while it ends is held back too.
    """
    gc.set_threshold(*GARBAGE)
    in_utf8()
    have_a_home()
    open_streams()
    try:
        with ends_when_told():
            main()
    finally:
        from anchor_analysis.commands.guarding import guard_the_end

        guard_the_end()


def main() -> None:
    """Run the command line and exit; the codes are those of `app.main`."""
    from anchor_analysis.commands.app import main as run

    run()
