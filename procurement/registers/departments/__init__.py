"""Departments: what they are called and were called, their code, address and telephone."""
