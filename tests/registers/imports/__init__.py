"""Tests of the imports."""
