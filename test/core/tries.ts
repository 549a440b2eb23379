/**
 * How often a law is tried. Against a mutant (vitest.mutation.config.ts) the first few tries are enough: most are found
 * by these, and there are thousands of mutants.
 */
export const tries = (all: number): number => Math.ceil(all * Number(process.env.SHARE_OF_TRIES ?? 1))
