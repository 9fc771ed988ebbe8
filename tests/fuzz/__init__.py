"""Hostile scenario files: fuzz targets, the guard they run under, and a corpus that the ordinary tests replay."""
