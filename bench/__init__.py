"""Benchmarks of the emulator: each figure is a ratio to a floor measured in the same run, so that machines compare."""
