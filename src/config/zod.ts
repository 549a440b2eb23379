/**
 * Lets zod read values as they come, instead of writing and compiling a function for each shape first: a run reads
 * most shapes once. Imported first, since a shape asks for this when it is made.
 */
import { config } from 'zod'

config({ jitless: true })
