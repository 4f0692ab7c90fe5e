/** GetObjectTagging, PutObjectTagging and DeleteObjectTagging: tags change without touching the bytes or the date. */

import type { Tag } from '../types.ts';
import { type Operation, requireRecord } from '../wire/exchange.ts';
import { checkTags } from '../wire/object-headers.ts';
import { readDocument } from '../wire/request-body.ts';
import { childrenNamed, childText, parseXml, type XmlElement, xmlDocument } from '../wire/xml.ts';

export const getObjectTagging: Operation = ({ disk }, request) => {
  const { tags } = requireRecord(disk, request);
  const Tag = tags.map(({ key, value }) => ({ Key: key, Value: value }));
  return { status: 200, xml: xmlDocument('Tagging', { TagSet: { Tag } }) };
};

export const putObjectTagging: Operation = async ({ disk }, request) => {
  requireRecord(disk, request);
  const tags = parseTagging(await readDocument(request));
  await disk.amend(request.bucket, request.key, (record) => ({ ...record, tags }));
  return { status: 200 };
};

export const deleteObjectTagging: Operation = async ({ disk }, { bucket, key }) => {
  await disk.amend(bucket, key, (record) => ({ ...record, tags: [] }));
  return { status: 204 };
};

/** Tags of a `Tagging` document. @throws MalformedXML, InvalidTag */
export function parseTagging(text: string): readonly Tag[] {
  const sets = childrenNamed(parseXml(text, 'Tagging'), 'TagSet');
  return checkTags(sets.flatMap((set) => childrenNamed(set, 'Tag')).map(parseTag));
}

function parseTag(element: XmlElement): Tag {
  return { key: childText(element, 'Key') ?? '', value: childText(element, 'Value') ?? '' };
}
