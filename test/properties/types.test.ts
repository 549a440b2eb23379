/** The laws of carrying values, for all pairs of types that flow both ways but those of Notion's formatted texts. */
import { laws } from './laws.ts'
import { OTHERS } from './lines.ts'

laws(OTHERS)
