/** The laws of carrying values, for all pairs of types that flow both ways with a title or formatted text of Notion. */
import { laws } from './laws.ts'
import { FORMATTED } from './lines.ts'

laws(FORMATTED)
