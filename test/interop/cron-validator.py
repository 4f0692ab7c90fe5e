"""Says of each schedule on standard input, one a line, why EventBridge would refuse it; nothing if it would not."""
import re
import sys

from aws_cron_expression_validator.validator import AWSCronExpressionValidator

for line in sys.stdin:
    kind, fields = re.fullmatch(r"(rate|cron)\((.*)\)\n", line).groups()
    if kind == "rate":
        number, unit = re.fullmatch(r"([1-9]\d*) (minute|hour|day)s?", fields).groups()
        continue
    try:
        AWSCronExpressionValidator.validate(fields)
    except ValueError as error:
        print(f"{line.strip()}: {error}")
