#!/usr/bin/env node
/**
 * The command line: finds the command, runs it, and turns what went wrong into one message and an exit code.
 */
import { Command, CommanderError } from 'commander'
import { readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { benchCommand } from './bench.js'
import { checkCommand } from './check.js'
import { Exit, reportFailure } from './exit.js'
import { paragraphs } from './help-text.js'
import { replayCommand } from './replay.js'
import { snapshotCommand } from './snapshot.js'
import { verifyCommand } from './verify.js'

const HELP = `
Replays packet captures through a Linux machine's firewall, offline.

Exit codes: 0 done; 1 done, and check or verify found something; 2 the command line or an input is wrong;
3 the input broke off or is corrupt in the middle: everything up to there was replayed; 130 interrupted: likewise.`

function program(): Command {
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  return new Command('hookline')
    .description(paragraphs(HELP))
    .version(version)
    .showSuggestionAfterError()
    .addCommand(replayCommand())
    .addCommand(benchCommand())
    .addCommand(checkCommand())
    .addCommand(verifyCommand())
    .addCommand(snapshotCommand())
}

/**
 * How many bytes of bytecode a function runs through before V8 compiles it anew, in this thread and the workers. The usual
 * 67,584 are soon reached by what hardly runs again: 4 M packets with 2 workers took 4.2 s of processor time, now 3.9
 * (medians of 3, in turns, Node 20.20, on a busy machine).
 */
setFlagsFromString('--interrupt-budget=300000')

/** A reader that closed our output early wants no more of it, and no complaint. */
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? Exit.Done)
    // Nobody may be left to read it where standard error failed.
    if (stream === process.stdout) console.error(`hookline: standard output cannot be written: ${error.message}`)
    process.exit(Exit.WrongInput)
  })
}

const command = program()
for (const each of [command, ...command.commands]) each.exitOverride()
try {
  await command.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? Exit.Done : Exit.WrongInput
  else process.exitCode = reportFailure(error)
}
