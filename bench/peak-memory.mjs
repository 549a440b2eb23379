/** Loaded into the process that is measured: leaves its peak of resident memory, in KB, in the file PEAK_MEMORY. */
import { writeFileSync } from 'node:fs'

process.on('exit', () => writeFileSync(process.env.PEAK_MEMORY, String(process.resourceUsage().maxRSS)))
