/** `onramp datasets`. */
import { tableLines } from '../../lib/client/index.ts';
import { type Command, exitCodes, printJson, printLines } from '../command.ts';

export const datasetsCommand: Command = {
  name: 'datasets',
  args: [],
  summary: 'list the data sets, newest version of each',
  about: 'Lists the data sets. Each upload is a whole data set: the newest one counts, nothing is appended.',
  examples: ['onramp datasets'],
  options: {},
  run: async (context) => {
    const list = await context.client.call('list-datasets', { query: { limit: '1000' } });
    if (context.json) printJson(context, list);
    else if (list.data.length === 0)
      printLines(context, ['There are no data sets yet; "onramp push" brings one.']);
    else {
      const rows = list.data.map(({ dataset, state, rows, columns, source }) => [
        dataset,
        state,
        rows === null ? '-' : String(rows),
        String(columns.length),
        source.file,
        source.uploaded,
      ]);
      printLines(context, tableLines(['data set', 'state', 'rows', 'columns', 'file', 'uploaded'], rows));
    }
    return exitCodes.ok;
  },
};
