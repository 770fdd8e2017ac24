/** What a simulated host answers to the lines that fleet sends. */
import type { HostUp } from '../../../src/model/observed.ts';
import { OWN_PROBE, PROBE } from '../../../src/observe/probe.ts';
import { ownText, reportText } from './report-text.ts';

/** A host, by what it would report. */
export interface SimulatedHost {
  readonly name: string;
  report: HostUp;
}

/** How a line ended. */
export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a line; what it does not know is answered as a shell answers a command that is not there. */
export async function answer(host: SimulatedHost, line: string): Promise<Answer> {
  if (line === PROBE) return done(await reportText(host.report, Date.now()));
  if (line === OWN_PROBE) return done(await ownText(host.report, Date.now()));
  if (line === ':') return done('');
  if (/^docker (ps|version)\b/.test(line)) return done(host.report.containers.map(({ name }) => `${name}\n`).join(''));
  return { code: 127, stdout: '', stderr: `${host.name}: a simulated host can not run: ${line.slice(0, 200)}\n` };
}

function done(stdout: string): Answer {
  return { code: 0, stdout, stderr: '' };
}
