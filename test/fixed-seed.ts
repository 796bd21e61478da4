import fc from 'fast-check';

/*
 * Properties are tried with the same values in every run: what fails here fails everywhere, and what
 * passed passes again. RAFTDECK_FUZZ_SEED=random tries others, RAFTDECK_FUZZ_SEED=<number> those of a
 * report; fast-check prints the seed of whatever fails.
 */
const FIXED_SEED = 20_260;

const wanted = process.env['RAFTDECK_FUZZ_SEED'] ?? '';
if (wanted !== 'random') {
  const seed = wanted === '' ? FIXED_SEED : Number(wanted);
  if (!Number.isSafeInteger(seed)) throw new Error(`RAFTDECK_FUZZ_SEED is ${wanted}`);
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
}
