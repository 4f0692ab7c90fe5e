/** A handler that streams, as no built function does so far; `awslambda` is the runtime's own. */
export const handler = awslambda.streamifyResponse(async (event, responseStream) => {
  const stream = awslambda.HttpResponseStream.from(responseStream, {
    statusCode: 200,
    headers: { 'content-type': 'text/event-stream' },
  });
  for (const part of event.parts) {
    stream.write(`data: ${part}\n\n`);
    await new Promise((resolve) => setTimeout(resolve, event.pauseMs));
  }
  stream.end();
});
