/** How loud each kind of report is. */
import type { Report, Severity } from '../../model/report.ts';

const LEVELS: Readonly<Record<Report['kind'], Severity>> = {
  ceiling: 'error',
  'ceiling-over': 'info',
  'certificate-ended': 'error',
  'certificate-ends': 'warning',
  'clock-off': 'warning',
  'clock-right': 'info',
  'crash-loop': 'error',
  'crash-over': 'info',
  'cut-off': 'error',
  'cut-off-over': 'info',
  'disk-freed': 'info',
  'disk-low': 'warning',
  'does-not-fit': 'error',
  'fits-again': 'info',
  'host-back': 'info',
  'host-flaps': 'warning',
  'host-gone': 'error',
  'host-lost': 'error',
  'host-serving': 'warning',
  'host-settled': 'info',
  'host-untrusted': 'error',
  'lease-held': 'info',
  'no-release': 'warning',
  'notify-failed': 'warning',
  'reload-failed': 'error',
  reloaded: 'info',
  'repair-failed': 'error',
  'repair-interrupted': 'warning',
  'repair-refused': 'error',
  repaired: 'info',
  'replica-sick': 'warning',
  'replica-well': 'info',
  'scale-failed': 'error',
  'scale-interrupted': 'warning',
  'scale-refused': 'error',
  'scale-wanted': 'warning',
  scaled: 'info',
  'service-sick': 'error',
  'service-well': 'info',
  trouble: 'error',
  'volume-waits': 'error',
  'watch-ended': 'info',
  'watch-started': 'info',
};

/** "error": somebody should look now. "warning": somebody should look some day. "info": all is taken care of. */
export function severityOf({ kind }: Pick<Report, 'kind'>): Severity {
  return LEVELS[kind];
}
