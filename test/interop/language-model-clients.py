"""Speaks to a real language model by OpenAI's client for Python, and says what came of it as JSON.

Arguments: base address, key, system message, the user's message.
"""
import json
import sys

from openai import OpenAI

base_url, api_key, system, question = sys.argv[1:]
client = OpenAI(base_url=base_url, api_key=api_key, max_retries=0)
asked = {
    "model": "smollm2",
    "messages": [{"role": "system", "content": system}, {"role": "user", "content": question}],
    "temperature": 0,
    "max_tokens": 60,
}
whole = client.chat.completions.create(**asked)
chunks = list(client.chat.completions.create(**asked, stream=True))
print(
    json.dumps(
        {
            "whole": whole.choices[0].message.content,
            "tokens": whole.usage.completion_tokens,
            "stream": "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices),
        }
    )
)
