/** A bare relay: passes each request on to the address in `RELAY_TO`, and what is answered back, on port `RELAY_PORT`. */
import { createServer, request } from 'node:http';

const { RELAY_TO = '', RELAY_PORT } = process.env;

createServer({ keepAliveTimeout: 65_000 }, (asked, response) => {
  const { method, headers, url } = asked;
  const passed = request(new URL(url ?? '/', RELAY_TO), { method, headers }, (answer) => {
    response.writeHead(answer.statusCode!, answer.headers);
    answer.pipe(response);
  });
  asked.pipe(passed);
}).listen(Number(RELAY_PORT), '127.0.0.1');
