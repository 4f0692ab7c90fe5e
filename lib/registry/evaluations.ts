/** Evaluation reports: dated, written once, listed newest first. */
import { artifactKeys, type EvaluationReport, evaluationReport } from '../contracts/index.ts';
import { mapConcurrent, readJson, writeJson } from '../storage/index.ts';
import type { Page, RegistryContext } from './context.ts';

/**
 * Stores a report. If one with this id is there already, that one stays and is given back.
 * Ids sort by time, so they start with it, for example `2026-11-22T06:00:00.000Z-3`.
 */
export async function putReport(
  context: RegistryContext,
  report: EvaluationReport,
): Promise<{ readonly report: EvaluationReport; readonly created: boolean }> {
  const key = artifactKeys.evaluation(report.model, report.id);
  if (await writeJson(context.artifacts, key, { value: report, ifAbsent: true })) {
    return { report, created: true };
  }
  return { report: (await findReport(context, report.model, report.id)) ?? report, created: false };
}

/** One report, or `null`. */
export async function findReport(
  { artifacts }: RegistryContext,
  model: string,
  id: string,
): Promise<EvaluationReport | null> {
  return (await readJson(artifacts, artifactKeys.evaluation(model, id), evaluationReport))?.value ?? null;
}

/** The newest reports of a model, newest first. */
export async function listReports(
  { artifacts }: RegistryContext,
  model: string,
  { limit }: { readonly limit: number },
): Promise<Page<EvaluationReport>> {
  const keys: string[] = [];
  for await (const { key } of artifacts.list(artifactKeys.evaluations(model))) keys.push(key);
  const newest = keys.reverse().slice(0, limit);
  const found = await mapConcurrent(newest, (key) => readJson(artifacts, key, evaluationReport));
  const items = found.filter((report) => report !== null).map(({ value }) => value);
  return { items, hasMore: keys.length > limit };
}
