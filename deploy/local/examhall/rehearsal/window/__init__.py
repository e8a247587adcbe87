"""A whole testing window against any deployment: thousands of light candidates, proctors with live dashboards, an API
token and nothing else. The simulator's own ledgers of what was acknowledged are the judge.
"""
