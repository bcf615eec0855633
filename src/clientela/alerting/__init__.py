"""Alerts: messages about findings, sent once per channel."""
