import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          // Files share a process: none of them keeps state outside its tests, and 56 processes cost more than the tests.
          isolate: false,
          root: '.',
          globalSetup: ['test/support/temporary.ts'],
          setupFiles: ['test/support/fixed-seed.ts'],
          // Ends what hangs; how long a test takes on a busy machine says nothing.
          testTimeout: 60_000,
          include: ['test/unit/**/*.test.ts'],
        },
      },
      {
        test: {
          name: 'integration',
          root: '.',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: ['test/support/temporary.ts', 'test/integration/setup.ts'],
          fileParallelism: false,
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
