"""A kernel of our kind that is started as a program, as `ipykernel_launcher` starts one of another kind."""

import sys

if __name__ == "__main__":
    if sys.path[0] == "":  # the folder in which it is started, which it adds again itself
        del sys.path[0]

    from anchor_analysis.telling.kernels import QuietApp

    QuietApp.launch_instance()
