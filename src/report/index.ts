/** All that the report can make: model values in, text out. Pure. */

export { type AuditHistory, mergeAudit } from './audit/merge.ts';
export { formatAudit, formatAuditProblems } from './audit/text.ts';
export { maskedConfig } from './config/mask.ts';
export { createPalette, type Palette } from './palette.ts';
export { planJson, readShared } from './plan/json.ts';
export { formatMaintenance } from './plan/maintenance.ts';
export { formatPlanMarkdown } from './plan/markdown.ts';
export { planDifference } from './plan/stale.ts';
export { formatPlan, planText } from './plan/text.ts';
export { printableLine } from './printable.ts';
export { formatProblems, type ProblemRecord, problemRecord, problemsOf } from './problem.ts';
export { type Compared, diffReleases } from './release/diff.ts';
export { formatReleaseDiff } from './release/diff-text.ts';
export { type ReleaseRow, releasesOf } from './release/history.ts';
export { formatReleases } from './release/history-text.ts';
export { formatEvent, formatEventJson } from './run/events.ts';
export { formatOutcome } from './run/outcome.ts';
export { advance, formatProgress, type Progress, startProgress } from './run/progress.ts';
export { count } from './units.ts';
export { formatHosts, hostRows } from './view/hosts.ts';
export { formatLogLine, type LogLine, mergeLogLines, parseLogLine } from './view/logs.ts';
export { recordsOf, routedServices } from './view/records.ts';
export {
  formatRecords,
  formatRecordsCsv,
  formatRecordsHosts,
  formatRecordsMarkdown,
  formatSilentHosts,
  formatWhere,
} from './view/records-text.ts';
export { formatReplicas, type ReplicaRow, replicasOf } from './view/replicas.ts';
export { type Status, statusOf } from './view/status.ts';
export { formatStatus } from './view/status-text.ts';
export { type Question, whois } from './view/whois.ts';
export { formatWhois } from './view/whois-text.ts';
export { formatReport, formatReportJson, type ReportRecord, reportRecord } from './watch/lines.ts';
export { repairSentences } from './watch/repair.ts';
export { scaleWords } from './watch/scale.ts';
export { formatUnit } from './watch/unit-file.ts';
