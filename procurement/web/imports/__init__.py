"""Imports: a list uploaded, shown as it was understood, mended by hand where need be, and taken over or given up."""
