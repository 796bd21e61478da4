import { runNemesis } from './nemesis.ts';
import { parseOptions, USAGE, type CommandLine } from './options.ts';
import { reportText, runText } from './report-text.ts';

async function main(options: CommandLine): Promise<number> {
  const report = await runNemesis({
    ...options,
    onRun: (run) => {
      (options.json ? console.error : console.log)(runText(run));
    },
  });
  console.log(options.json ? JSON.stringify(report) : reportText(report));
  return report.anomalies.length + report.undecided.length === 0 ? 0 : 1;
}

let options: CommandLine | null = null;
try {
  options = parseOptions(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(USAGE);
  process.exitCode = 2;
}
if (options?.help === true) console.log(USAGE);
else if (options !== null) process.exitCode = await main(options);
