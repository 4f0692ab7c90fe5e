import { describe, expect, it } from 'vitest';
import {
  artifactKeys,
  dataKeys,
  keyMatches,
  parseTriggerKey,
  subscriptions,
} from '../../lib/contracts/index.ts';

const digest = 'a'.repeat(64);

describe('keys that start work', () => {
  it.each([
    [
      dataKeys.upload('heart', 'my file.csv'),
      { kind: 'upload', dataset: 'heart', file: 'my file.csv' },
      'uploaded',
    ],
    [
      artifactKeys.datasetManifest('heart', digest),
      { kind: 'dataset-ready', dataset: 'heart', digest },
      'data-ready',
    ],
    [artifactKeys.spec('heart'), { kind: 'spec', model: 'heart' }, 'spec-changed'],
    [
      artifactKeys.training('heart', 'ab12'),
      { kind: 'training', model: 'heart', id: 'ab12' },
      'training-due',
    ],
    [artifactKeys.retrain('heart', 'id-1'), { kind: 'retrain', model: 'heart', id: 'id-1' }, 'retrain-asked'],
    [
      artifactKeys.versionManifest('heart', '12'),
      { kind: 'version', model: 'heart', version: '12' },
      'published',
    ],
    [
      artifactKeys.evaluationRequest('heart', 'id-1'),
      { kind: 'evaluation-request', model: 'heart', id: 'id-1' },
      'evaluation-asked',
    ],
    [artifactKeys.jobRequest('0a1b'), { kind: 'job', id: '0a1b' }, 'job-asked'],
    [artifactKeys.jobVisit('0a1b', 12), { kind: 'job-visit', id: '0a1b', visit: 12 }, 'endpoint-due'],
  ])('%s is read back and wakes one function', (key, expected, subscription) => {
    const woken = subscriptions.filter(({ keys }) => keyMatches(keys, key));

    expect(parseTriggerKey(key)).toEqual(expected);
    expect(woken.map(({ name }) => name)).toEqual([subscription]);
  });

  it('every subscription is woken by a key that can be read back', () => {
    const keys = [
      dataKeys.upload('a', 'b'),
      artifactKeys.datasetManifest('a', digest),
      artifactKeys.spec('a'),
      artifactKeys.training('a', 'b'),
      artifactKeys.retrain('a', 'b'),
      artifactKeys.versionManifest('a', '1'),
      artifactKeys.evaluationRequest('a', 'b'),
      artifactKeys.jobRequest('a'),
      artifactKeys.jobVisit('a', 0),
    ];

    for (const { keys: pattern } of subscriptions) {
      expect(keys.filter((key) => keyMatches(pattern, key))).toHaveLength(1);
    }
  });
});

describe('keys that start nothing', () => {
  it.each([
    artifactKeys.datasetLatest('heart'),
    artifactKeys.datasetTable('heart', digest),
    artifactKeys.datasetProfile('heart', digest),
    artifactKeys.aliases('heart'),
    artifactKeys.run('heart', '0123456789abcdef'),
    artifactKeys.evaluation('heart', 'id-1'),
    artifactKeys.artifact(digest),
    artifactKeys.jobRecord('0a1b'),
    artifactKeys.jobBody('0a1b'),
    artifactKeys.jobResult('0a1b', 1, 'result.csv'),
    artifactKeys.jobKey(digest),
    artifactKeys.modelJob('heart', '0a1b'),
    artifactKeys.jobUpload('heart', 'id-1', 'request.json'),
    artifactKeys.jobUpload('heart', 'id-1', 'spec.json'),
  ])('%s is an output: no subscription takes it', (key) => {
    expect(subscriptions.filter(({ keys }) => keyMatches(keys, key))).toEqual([]);
    expect(parseTriggerKey(key)).toBeNull();
  });

  it.each([
    'datasets/heart/uploads/',
    'datasets/heart/uploads/folder/file.csv',
    'datasets/heart/versions/short/manifest.json',
    'models/heart/versions/0/manifest.json',
    'models/heart/versions/01/manifest.json',
    'models/heart/spec.json.bak',
    'other/models/heart/spec.json',
  ])('bad call: %s', (key) => {
    expect(parseTriggerKey(key)).toBeNull();
  });
});
