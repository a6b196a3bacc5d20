"""Grades and credit records: what the civil affairs and finance departments have found of an organisation."""
