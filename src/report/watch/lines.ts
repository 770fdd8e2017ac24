/** Reports as lines: for a terminal, for a log, and as JSON. */
import type { Report, Severity } from '../../model/report.ts';
import type { Palette } from '../palette.ts';
import { indent } from '../printable.ts';
import { formatTime } from '../units.ts';
import { severityOf } from './severity.ts';
import { reportWords } from './words.ts';

/** A report with what its kind only implies: for JSON and notifications. Slack reads `text`. */
export type ReportRecord = Report & { readonly severity: Severity; readonly text: string };

/** The report as plain data. */
export function reportRecord(report: Report): ReportRecord {
  return { ...report, severity: severityOf(report), text: reportWords(report) };
}

/** The report as JSON on one line. */
export function formatReportJson(report: Report): string {
  return JSON.stringify(reportRecord(report));
}

/** "2026-11-25T10:00:00Z  ok       sentence"; below it what a crashed replica wrote last. No newline at its end. */
export function formatReport(report: Report, palette: Palette): string {
  const at = palette.dim(formatTime(report.at));
  const logs = report.kind === 'crash-loop' ? report.logs.flatMap((text) => indent(text, '    ')) : [];
  return [`${at}  ${levelWord(severityOf(report), palette)}  ${reportWords(report)}`, ...logs].join('\n');
}

function levelWord(severity: Severity, palette: Palette): string {
  const word = (severity === 'info' ? 'ok' : severity).padEnd(7);
  if (severity === 'error') return palette.red(word);
  return severity === 'warning' ? palette.yellow(word) : palette.green(word);
}
