"""Speaks to a service by the clients for Python that speak OpenAI's dialect, changed in nothing but the address.

Prints what came of it as JSON.

Usage: openai-clients.py BASE_ADDRESS KEY KEY_WITHOUT_RIGHTS
"""

import asyncio
import json
import sys
import traceback

import httpx
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from openai import APIError, APIStatusError, AsyncOpenAI, OpenAI
from pydantic import BaseModel

base_url, api_key, other_key = sys.argv[1:]
model = "assistant"
client = OpenAI(base_url=base_url, api_key=api_key, max_retries=0)


class Said(BaseModel):
    text: str


def user(content):
    return [{"role": "user", "content": content}]


weather = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]},
    },
}


def error_of(call):
    try:
        call()
    except APIError as error:
        of_status = isinstance(error, APIStatusError)
        return {
            "class": type(error).__name__,
            "status": error.status_code if of_status else None,
            "code": error.code,
            "param": error.param,
            "has_request_id": of_status and bool(error.request_id),
        }
    return "no error"


def chat():
    answer = client.chat.completions.create(model=model, messages=user("count 3"))
    choice = answer.choices[0]
    return [answer.model, choice.message.content, choice.finish_reason, answer.usage.total_tokens, bool(answer._request_id)]


def stream():
    options = {"include_usage": True}
    chunks = list(
        client.chat.completions.create(model=model, messages=user("count 3"), stream=True, stream_options=options)
    )
    return {
        "ids": len({(chunk.id, chunk.created) for chunk in chunks}),
        "text": "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices),
        "reasons": [choice.finish_reason for chunk in chunks for choice in chunk.choices],
        "tokens": [chunk.usage and chunk.usage.total_tokens for chunk in chunks],
    }


def stream_helper():
    with client.chat.completions.stream(model=model, messages=user("weather in Bern"), tools=[weather]) as events:
        message = events.get_final_completion().choices[0].message
    return [[call.function.name, call.function.arguments] for call in message.tool_calls]


def asynchronous():
    async def ask():
        async with AsyncOpenAI(base_url=base_url, api_key=api_key) as patient:
            words = await patient.chat.completions.create(model=model, messages=user("count 5"), stream=True)
            return "".join([chunk.choices[0].delta.content or "" async for chunk in words])

    return asyncio.run(ask())


def parsed():
    answer = client.chat.completions.parse(model=model, messages=user("a word"), response_format=Said)
    return answer.choices[0].message.parsed.text


def completion():
    whole = client.completions.create(model=model, prompt="count 3").choices[0].text
    pieces = client.completions.create(model=model, prompt="count 3", stream=True)
    return [whole, "".join(piece.choices[0].text for piece in pieces)]


def errors():
    valid = {"model": model, "messages": user("count 5")}

    def ask(key=api_key, fault=None, **fields):
        body = {"extra_body": {"fault": fault}} if fault else {}
        with OpenAI(base_url=base_url, api_key=key, max_retries=0) as one:
            return list(one.chat.completions.create(**{**valid, **fields}, **body))

    return {
        "wrong value": error_of(lambda: ask(n=0)),
        "wrong key": error_of(lambda: ask(key="nobody")),
        "no right": error_of(lambda: ask(key=other_key)),
        "no model": error_of(lambda: ask(model="gpt-4o")),
        "busy": error_of(lambda: ask(fault={"kind": "status", "status": 429})),
        "failed": error_of(lambda: ask(fault={"kind": "status", "status": 500})),
        "in the stream": error_of(lambda: ask(stream=True, fault={"kind": "break", "after": 2})),
    }


def retries():
    attempts = []

    class WithoutFault(httpx.HTTPTransport):
        """The container is told to fail by the request itself: from the second attempt on it is not."""

        def handle_request(self, request):
            body = json.loads(request.content)
            if attempts:
                body.pop("fault", None)
            headers = {name: value for name, value in request.headers.items() if name != "content-length"}
            answer = super().handle_request(httpx.Request("POST", request.url, headers=headers, json=body))
            attempts.append([answer.status_code, answer.headers.get("retry-after")])
            return answer

    transport = httpx.Client(transport=WithoutFault())
    with OpenAI(base_url=base_url, api_key=api_key, max_retries=2, http_client=transport) as patient:
        fault = {"fault": {"kind": "status", "status": 429}}
        answer = patient.chat.completions.create(model=model, messages=user("count 2"), extra_body=fault)
    return [attempts, answer.choices[0].message.content]


chat_model = ChatOpenAI(model=model, api_key=api_key, base_url=base_url, max_retries=0, stream_usage=True)


@tool("weather")
def weather_tool(text: str) -> str:
    """The weather in a place."""
    return "sunny"


def langchain_invoke():
    message = chat_model.invoke("count 3")
    return [message.content, message.usage_metadata["input_tokens"], message.usage_metadata["output_tokens"]]


def langchain_stream():
    chunks = list(chat_model.stream("count 3"))
    usages = [chunk.usage_metadata["total_tokens"] for chunk in chunks if chunk.usage_metadata]
    return ["".join(chunk.content for chunk in chunks), usages]


def langchain_tools():
    asked = chat_model.bind_tools([weather_tool])
    whole = asked.invoke("weather in Bern").tool_calls
    streamed = None
    for chunk in asked.stream("weather in Bern"):
        streamed = chunk if streamed is None else streamed + chunk
    return [[call["name"], call["args"]] for call in [*whole, *streamed.tool_calls]]


def langchain_json():
    return chat_model.with_structured_output(Said, method="json_schema").invoke("a word").text


def langchain_error():
    other = ChatOpenAI(model="gpt-4o", api_key=api_key, base_url=base_url, max_retries=0)
    return error_of(lambda: other.invoke("x"))


def run(cases):
    found = {}
    for name, case in cases.items():
        try:
            found[name] = case()
        except Exception:  # Each case by itself, so that one that fails tells its own story.
            found[name] = {"failed": traceback.format_exc()}
    return found


openai_cases = {
    "chat": chat,
    "stream": stream,
    "stream helper": stream_helper,
    "asynchronous": asynchronous,
    "parsed": parsed,
    "completion": completion,
    "models": lambda: client.models.list().object,
    "errors": errors,
    "retries": retries,
}
langchain_cases = {
    "invoke": langchain_invoke,
    "stream": langchain_stream,
    "tools": langchain_tools,
    "json": langchain_json,
    "no model": langchain_error,
}
print(json.dumps({"openai": run(openai_cases), "langchain": run(langchain_cases)}))
