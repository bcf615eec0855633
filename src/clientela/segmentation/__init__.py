"""Segmentation: compare clusterings, and describe, register and report the segments of the best one."""
