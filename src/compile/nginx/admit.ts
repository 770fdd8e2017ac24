/** Opens VIPs in router files that are there already to callers that are about to start. */

/** A VIP and the subnets that must be let in beside those that are. */
export interface Admission {
  readonly vip: string;
  readonly subnets: readonly string[];
}

/** The text in which each server of those VIPs lets the subnets in; the same text when all of them do. */
export function admitted(text: string, admissions: readonly Admission[]): string {
  const wanted = new Map(admissions.map(({ vip, subnets }) => [vip, subnets]));
  return text.replace(RULES, (rules: string, vip: string) => {
    const missing = (wanted.get(vip) ?? []).filter((subnet) => !rules.includes(` allow ${subnet};`));
    return rules + missing.map((subnet) => `  allow ${subnet};\n`).join('');
  });
}

/** The lines of a server from where it listens to the last that it lets in, as router.ts and text.ts write them. */
const RULES = /^ {2}listen ([\d.]+):\d+ .*;\n(?: {2}allow .*;\n)+/gm;
