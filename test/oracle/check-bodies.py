"""Holds example bodies to schemas of draft 04; prints, as JSON, what is wrong with each, and if a list is refused."""
import json
import sys

from jsonschema import Draft4Validator

results = []
for case in json.load(sys.stdin):
    Draft4Validator.check_schema(case["schema"])
    validator = Draft4Validator(case["schema"])
    results.append({
        "name": case["name"],
        "good": [error.message for error in validator.iter_errors(case["good"])],
        "bad": not validator.is_valid([1]),
    })
print(json.dumps(results))
