import { expect, test } from 'vitest';
import { createDispatcher } from '../../../infra/local/events.ts';
import type { ObjectCreatedEvent } from '../../../lib/contracts/index.ts';
import { temporaryDatabase } from './support.ts';

function created(bucket: string, key: string, sequencer = '0001'): ObjectCreatedEvent {
  return {
    source: 'aws.s3',
    'detail-type': 'Object Created',
    time: '2026-01-05T10:00:00Z',
    detail: { bucket: { name: bucket }, object: { key, sequencer } },
  };
}

function recordingDispatcher(database = temporaryDatabase()) {
  const sent: [string, string][] = [];
  const dispatch = createDispatcher(database, {
    roles: { mine: 'data', made: 'artifacts' },
    send: (name, body) => sent.push([name, JSON.parse(body).detail.object.key]),
  });
  return { dispatch, sent };
}

const upload = 'datasets/heart/uploads/heart.csv';

test('an event goes to the functions whose pattern it matches, by bucket and key', () => {
  const { dispatch, sent } = recordingDispatcher();

  const results = [
    dispatch(created('mine', upload)),
    dispatch(created('made', 'models/heart/spec.json')),
    dispatch(created('made', 'models/heart/versions/3/manifest.json')),
  ];

  expect(results).toEqual([true, true, true]);
  expect(sent).toEqual([
    ['preprocess', upload],
    ['train', 'models/heart/spec.json'],
    ['evaluate', 'models/heart/versions/3/manifest.json'],
  ]);
});

test('a key outside every pattern, the wrong bucket and an unknown bucket wake nobody', () => {
  const { dispatch, sent } = recordingDispatcher();

  const results = [
    dispatch(created('mine', 'datasets/heart/notes.txt')),
    dispatch(created('made', upload)),
    dispatch(created('elsewhere', upload)),
  ];

  expect(results).toEqual([false, false, false]);
  expect(sent).toEqual([]);
});

test('an event announced again is not delivered again, also by the next process', () => {
  const database = temporaryDatabase();
  const before = recordingDispatcher(database);
  before.dispatch(created('mine', upload));
  before.dispatch(created('mine', upload));

  const after = recordingDispatcher(database);
  const again = after.dispatch(created('mine', upload));

  expect(before.sent).toHaveLength(1);
  expect(again).toBe(false);
  expect(after.sent).toEqual([]);
});

test('a new write of the same key is delivered', () => {
  const { dispatch, sent } = recordingDispatcher();
  dispatch(created('mine', upload, '0001'));

  const second = dispatch(created('mine', upload, '0002'));

  expect(second).toBe(true);
  expect(sent).toHaveLength(2);
});

test('an event whose message could not be stored is delivered when it is announced again', () => {
  const database = temporaryDatabase();
  const failing = createDispatcher(database, {
    roles: { mine: 'data' },
    send: () => {
      throw new Error('disk full');
    },
  });

  expect(() => failing(created('mine', upload))).toThrow('disk full');
  const { dispatch, sent } = recordingDispatcher(database);
  dispatch(created('mine', upload));

  expect(sent).toHaveLength(1);
});
