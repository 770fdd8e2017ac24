/** The part "observe": how long a look at all hosts takes, and what it costs where they are many. */
import type { BenchContext, BenchPart, BenchTable } from '../parts/part.ts';
import { practiceHosts } from './practice.ts';
import { hangingHosts, manyHosts } from './simulated.ts';

/** Practice hosts need root; without it, and in a short try, they are left out. */
export const observePart: BenchPart = {
  name: 'observe',
  question: 'How long does a look at all hosts take, and what does it cost where they are many?',
  needsRoot: false,
  measure: async (context: BenchContext): Promise<readonly BenchTable[]> => {
    const simulated = [await manyHosts(context), await hangingHosts(context)];
    const isRoot = process.getuid?.() === 0;
    if (!isRoot) context.say('observe: practice hosts need root and are left out');
    return isRoot && !context.brief ? [await practiceHosts(context), ...simulated] : simulated;
  },
};
