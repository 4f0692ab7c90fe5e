"""Checks an OpenAPI document from standard input: the document itself, then each of its examples against its schema.

Prints one JSON object: {"examples": how many were checked, "faults": [text, ...]}.
"""

import json
import sys

from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

document = json.load(sys.stdin)
faults = [f"document: {error.message}" for error in OpenAPIV31SpecValidator(document).iter_errors()]
registry = Registry().with_resource("urn:api", Resource(document, DRAFT202012))


def validator_of(pointer):
    """A validator of the schema at a JSON pointer; references are followed through the whole document."""
    return Draft202012Validator({"$ref": f"urn:api#{pointer}"}, registry=registry, format_checker=FormatChecker())


def examples_in(value, pointer=""):
    """Pairs of an example and the pointer of the schema beside it."""
    if isinstance(value, dict):
        if "example" in value and "schema" in value:
            yield value["example"], f"{pointer}/schema"
        for key, inner in value.items():
            if key != "example":
                yield from examples_in(inner, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}")
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield from examples_in(inner, f"{pointer}/{index}")


checked = 0
for example, pointer in examples_in(document):
    checked += 1
    faults += [f"{pointer}: {error.message}" for error in validator_of(pointer).iter_errors(example)]

print(json.dumps({"examples": checked, "faults": faults}))
