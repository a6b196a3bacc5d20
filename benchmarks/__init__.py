"""The measured comparisons: what we do beside the least that could do it, interleaved in one run on one machine.

`python3 manage.py bench` runs them all and writes `docs/benchmarks.md`. A figure is a ratio to its floor, never a time: a
slower machine is slower on both sides. A goal that is missed is named with the profile of where the time goes.
"""
