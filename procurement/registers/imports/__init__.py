"""Imports: lists as offices really make them, read, understood, checked and shown before anything of them is taken over."""
