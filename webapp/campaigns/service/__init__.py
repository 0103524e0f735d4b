"""Verbs of campaigns: plan, submit, schedule, release, compose, count clicks."""
